using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cmdr.Host.Tests;

/// <summary>What the log says, read by the published contract alone: header names and JSON, none of the code that wrote them.</summary>
internal static class Narrative
{
    internal static async Task<IReadOnlyList<Line>> Read(ILog log, string topic, CancellationToken cancellationToken)
    {
        var end = await log.EndOf(topic, cancellationToken);
        var lines = new List<Line>();
        await foreach (var page in log.Read(Cursor.Beginning(await log.Describe(cancellationToken), topic), cancellationToken))
        {
            lines.AddRange(page.Records.Where(record => end.Includes(record.Position)).Select(Line.Of));
            if (page.Cursor.Covers(end)) break;
        }

        return lines;
    }
}

/// <summary>One record: its place, its headers as text, its body.</summary>
internal sealed record Line(int Partition, long Offset, IReadOnlyDictionary<string, string> Headers, JsonElement Body)
{
    internal string Id => Headers["ce_id"];

    internal string Type => Headers["ce_type"];

    internal string Subject => Headers["ce_subject"];

    internal long? Sequence => Number("ce_sequence");

    internal long? CommandOffset => Number("ce_commandoffset");

    internal string? Outcome => Headers.GetValueOrDefault("ce_outcome");

    internal static Line Of(LoggedRecord logged) => new(
        logged.Position.Partition,
        logged.Position.Offset,
        logged.Record.Headers.ToDictionary(header => header.Name, header => Encoding.UTF8.GetString(header.Value.Span)),
        JsonDocument.Parse(logged.Record.Value).RootElement);

    private long? Number(string header) => Headers.TryGetValue(header, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}
