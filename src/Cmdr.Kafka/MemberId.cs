using System.Security.Cryptography;
using System.Text;

namespace Cmdr.Kafka;

/// <summary>
/// What one member of a group is called as a client: <c>cmdr.{group}.{what it consumes and how}.{its own}</c>, and as the author of its transactions:
/// the same with <c>~1</c> or <c>~2</c> behind it. Each record of a transaction carries that, so that whoever is held up by it can tell whether the group still
/// knows its author.
/// </summary>
internal sealed record MemberId(string Group, string Kind, string Own)
{
    internal const string Prefix = "cmdr.";
    private const char Turn = '~';
    private const int HashLength = 12;

    /// <summary>A member has as many transactional ids, one after another for each transaction.</summary>
    internal static readonly int[] Turns = [1, 2];

    internal static MemberId New(LogGroup group) => new(group.Name, KindOf(group), Guid.NewGuid().ToString("n"));

    /// <summary>The transactional id of one of its <see cref="Turns"/>.</summary>
    internal string Transactional(int turn) => $"{this}{Turn}{turn}";

    /// <summary>Reads an id, as a client's or a transaction's; null when it is another client's.</summary>
    internal static MemberId? Parse(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var parts = text[Prefix.Length..].Split('.');
        return parts.Length < 3 ? null : new(string.Join('.', parts[..^2]), parts[^2], parts[^1].Split(Turn)[0]);
    }

    /// <summary>Members of a group consume the same topics in the same way.</summary>
    private static string KindOf(LogGroup group)
    {
        var topics = string.Join(' ', group.Topics.Distinct().Order(StringComparer.Ordinal));
        return $"{(int)group.Keeping}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(topics)))[..HashLength]}";
    }

    public override string ToString() => $"{Prefix}{Group}.{Kind}.{Own}";
}
