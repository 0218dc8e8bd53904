using System.Collections.Frozen;
using System.Text;

namespace Cmdr.Postgres;

/// <summary>The names of the contract's headers: one string each, however many records carry them, and on the log one number.</summary>
internal static class HeaderNames
{
    private const int Longest = 64;

    /// <summary>By their numbers, which are on the log: new ones go to the end, here and in the SQL function <c>cmdr_log.headers</c>.</summary>
    private static readonly string[] Numbered =
    [
        "", "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type", "ce_dataschema", "traceparent", "tracestate",
        "ce_correlationid", "ce_causationid", "ce_actor", "ce_sequence", "ce_commandoffset", "ce_commandhash", "ce_expectedsequence", "ce_outcome",
        "ce_saga", "ce_noted", "ce_notbefore",
    ];

    private static readonly FrozenDictionary<string, byte> Numbers =
        Numbered.Index().ToFrozenDictionary(known => known.Item, known => (byte)known.Index, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, byte>.AlternateLookup<ReadOnlySpan<char>> ByText = Numbers.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The names that have a number, in its order.</summary>
    internal static IReadOnlyList<string> Known => Numbered;

    internal static bool TryNumber(string name, out byte number) => Numbers.TryGetValue(name, out number);

    /// <exception cref="LogException">No name that this host knows has the number.</exception>
    internal static string Of(byte number) => number < Numbered.Length
        ? Numbered[number]
        : throw new LogException($"A record has a header of number {number}, and this host knows {Numbered.Length - 1} at most; upgrade this host.");

    internal static string Of(ReadOnlySpan<byte> name)
    {
        if (name.Length > Longest) return Encoding.UTF8.GetString(name);
        Span<char> characters = stackalloc char[Longest];
        characters = characters[..Encoding.UTF8.GetChars(name, characters)];
        return ByText.TryGetValue(characters, out var number) ? Numbered[number] : new(characters);
    }
}
