using System.Globalization;
using System.Text.Json;

namespace Cmdr.Host.Tests;

/// <summary>One record as the published contract says it: its place, what its headers mean, its body.</summary>
internal sealed record Line(
    int Partition, long Offset, string Subject, string Id, string Type, string? Cause, long? Sequence, long? CommandOffset, string? Outcome, string Json)
{
    internal JsonElement Body => JsonDocument.Parse(Json).RootElement;

    /// <summary>Whose it is: an id may be used once for each subject.</summary>
    internal (string Subject, string Id) Identity => (Subject, Id);

    internal static Line Of(int partition, long offset, IReadOnlyDictionary<string, string> headers, string json) => new(
        partition, offset, string.Intern(headers["ce_subject"]), headers["ce_id"], string.Intern(headers["ce_type"]), headers.GetValueOrDefault("ce_causationid"),
        Number(headers, "ce_sequence"), Number(headers, "ce_commandoffset"), headers.GetValueOrDefault("ce_outcome"), json);

    private static long? Number(IReadOnlyDictionary<string, string> headers, string name) =>
        headers.TryGetValue(name, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    public override string ToString() => $"{Partition}/{Offset} {Type} of {Subject}, id {Id}, sequence {Sequence}, answers {CommandOffset}, outcome {Outcome}";
}
