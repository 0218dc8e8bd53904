using System.Runtime.CompilerServices;
using System.Text;

namespace Cmdr;

/// <summary>Gives a message, state or view a name on the log and at the edges other than the one its type's name gives.</summary>
/// <param name="name">Kebab-case for messages and states; null keeps the name that the type gives.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class NameAttribute(string? name = null) : Attribute
{
    /// <summary>Kebab-case; null: the name that the type gives.</summary>
    public string? Name { get; } = name;

    /// <summary>The plural that lists of it are named by at the edges; null: by rule (s, es, ies).</summary>
    public string? Plural { get; set; }
}

/// <summary>How names on the log and at the edges follow from the names of types.</summary>
public static class Naming
{
    private static readonly ConditionalWeakTable<Type, string> Names = [];

    /// <summary>The kebab-case name of a type: its <see cref="NameAttribute"/>, or <c>AccountOpened</c> as <c>account-opened</c>.</summary>
    public static string Of(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Names.GetValue(type, named => Attribute(named)?.Name ?? Kebab(named.Name));
    }

    /// <summary>The camelCase plural of a type's name: <c>AccountBalance</c> gives <c>accountBalances</c>.</summary>
    public static string PluralOf(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Attribute(type)?.Plural ?? Plural(Camel(type.Name));
    }

    /// <summary><c>AccountOpened</c> as <c>account-opened</c>; a run of capitals is one word: <c>SMSSent</c> as <c>sms-sent</c>.</summary>
    public static string Kebab(string pascal)
    {
        ArgumentNullException.ThrowIfNull(pascal);
        var text = new StringBuilder(pascal.Length + 4);
        for (var i = 0; i < pascal.Length; i++)
        {
            var startsWord = char.IsUpper(pascal[i]) && i > 0
                && (!char.IsUpper(pascal[i - 1]) || (i + 1 < pascal.Length && char.IsLower(pascal[i + 1])));
            if (startsWord) text.Append('-');
            text.Append(char.ToLowerInvariant(pascal[i]));
        }

        return text.ToString();
    }

    /// <summary><c>AccountOpened</c> as <c>accountOpened</c>.</summary>
    public static string Camel(string pascal) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(pascal);

    private static string Plural(string word) => word switch
    {
        [.., 'y'] when word.Length > 1 && !"aeiou".Contains(word[^2], StringComparison.Ordinal) => word[..^1] + "ies",
        [.., 's' or 'x' or 'z'] or [.., 'c' or 's', 'h'] => word + "es",
        _ => word + "s",
    };

    private static NameAttribute? Attribute(Type type) => (NameAttribute?)System.Attribute.GetCustomAttribute(type, typeof(NameAttribute), inherit: false);
}
