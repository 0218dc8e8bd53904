using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Cmdr;

/// <summary>What a command is for and an event happened to: <c>account/a1</c>. Its UTF-8 text is the record's key on the log.</summary>
/// <param name="Category">Kebab-case: the name of the decider's state, as <see cref="Naming.Of"/> gives it.</param>
/// <param name="Id">Within the category; 1 to <see cref="MaxIdLength"/> characters, no control characters; may contain slashes.</param>
public readonly record struct Subject(string Category, string Id)
{
    /// <summary>The longest id in UTF-16 characters.</summary>
    public const int MaxIdLength = 256;

    /// <summary>The subject as UTF-8: the key that partitions the log.</summary>
    public byte[] Key() => Encoding.UTF8.GetBytes(ToString());

    /// <summary>Why <paramref name="id"/> cannot be a subject's id, as a sentence; null when it can.</summary>
    public static string? FaultOf([NotNull] string? id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length == 0) return "must not be empty";
        if (id.Length > MaxIdLength) return $"must be at most {MaxIdLength} characters long";
        if (id.Any(char.IsControl)) return "must not contain control characters";
        return IsWellFormed(id) ? null : "must be well-formed Unicode";
    }

    /// <summary>Reads <c>category/id</c>; false when there is no slash, or nothing on one side of the first.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Subject subject)
    {
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        subject = slash > 0 && slash < text!.Length - 1 ? new(text[..slash], text[(slash + 1)..]) : default;
        return subject != default;
    }

    /// <summary><c>category/id</c>.</summary>
    public override string ToString() => $"{Category}/{Id}";

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))) return false;
            i++;
        }

        return true;
    }
}
