using System.Security.Cryptography;
using System.Text;

namespace Cmdr.Kafka;

/// <summary>
/// What one member of a group is called, as a client and as the author of its transactions: <c>cmdr.{group}.{what it consumes and how}.{its own}</c>. Each
/// record of a transaction carries it, so that whoever is held up by it can tell whether the group still knows its author.
/// </summary>
internal sealed record MemberId(string Group, string Kind, string Own)
{
    internal const string Prefix = "cmdr.";
    private const int HashLength = 12;

    internal static MemberId New(LogGroup group) => new(group.Name, KindOf(group), Guid.NewGuid().ToString("n"));

    /// <summary>Reads an id; null when it is another client's.</summary>
    internal static MemberId? Parse(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var parts = text[Prefix.Length..].Split('.');
        return parts.Length < 3 ? null : new(string.Join('.', parts[..^2]), parts[^2], parts[^1]);
    }

    /// <summary>Members of a group consume the same topics in the same way.</summary>
    private static string KindOf(LogGroup group)
    {
        var topics = string.Join(' ', group.Topics.Distinct().Order(StringComparer.Ordinal));
        return $"{(int)group.Keeping}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(topics)))[..HashLength]}";
    }

    public override string ToString() => $"{Prefix}{Group}.{Kind}.{Own}";
}
