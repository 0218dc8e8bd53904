using System.Collections.Frozen;
using System.Text;

namespace Cmdr.Postgres;

/// <summary>The names of the contract's headers as one string each, however many records carry them.</summary>
internal static class HeaderNames
{
    private const int Longest = 64;

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Known = new[]
    {
        "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type", "ce_dataschema", "traceparent", "tracestate",
        "ce_correlationid", "ce_causationid", "ce_actor", "ce_sequence", "ce_commandoffset", "ce_commandhash", "ce_expectedsequence", "ce_outcome",
        "ce_saga", "ce_noted", "ce_notbefore",
    }.ToFrozenDictionary(name => name, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    internal static string Of(ReadOnlySpan<byte> name)
    {
        if (name.Length > Longest) return Encoding.UTF8.GetString(name);
        Span<char> characters = stackalloc char[Longest];
        characters = characters[..Encoding.UTF8.GetChars(name, characters)];
        return Known.TryGetValue(characters, out var known) ? known : new(characters);
    }
}
