using System.Text;

namespace Cmdr.Graph;

/// <summary>Every name of the schema with what gave it, so that a clash stops the start and names both sides.</summary>
internal sealed class TypeNames
{
    private const string Edge = "the GraphQL edge itself";

    private readonly Dictionary<string, string> owners = new(StringComparer.Ordinal);

    /// <summary>Names that domains may not take.</summary>
    internal void Reserve(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) owners.Add(name, Edge);
    }

    /// <summary>Takes a name for <paramref name="owner"/>.</summary>
    /// <param name="name">The name; for a field, with its type: <c>Mutation.deposit</c>.</param>
    /// <param name="owner">Whose it is, for people.</param>
    /// <param name="fix">What the author may do about a clash.</param>
    /// <exception cref="CatalogException">Another has it, or GraphQL allows no such name.</exception>
    internal string Claim(string name, string owner, string fix)
    {
        if (!IsName(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]))
        {
            throw new CatalogException($"{owner} gives the GraphQL name '{name}', which GraphQL does not allow (letters, digits and _, no digit or __ first); {fix}.");
        }

        if (owners.TryAdd(name, owner)) return name;
        throw new CatalogException($"{owners[name]} and {owner} both give the GraphQL name '{name}'; {fix}.");
    }

    /// <summary><c>account-opened</c> as <c>AccountOpened</c>.</summary>
    internal static string Pascal(string kebab)
    {
        var text = new StringBuilder(kebab.Length);
        var startsWord = true;
        foreach (var c in kebab)
        {
            var isPart = char.IsAsciiLetterOrDigit(c) || c == '_';
            if (isPart) text.Append(startsWord ? char.ToUpperInvariant(c) : c);
            startsWord = !isPart;
        }

        return text.ToString();
    }

    /// <summary><c>insufficientFunds</c> as <c>INSUFFICIENT_FUNDS</c>.</summary>
    internal static string Upper(string camel) => Naming.Kebab(camel).Replace('-', '_').ToUpperInvariant();

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && !name.StartsWith("__", StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
