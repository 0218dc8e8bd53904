using System.Text.Json;

namespace Cmdr.Graph;

/// <summary>A command or event as the source of its type.</summary>
/// <param name="record">The record.</param>
/// <param name="cursor">Where a subscription goes on after it; null where it was not followed but found, and the cursor follows from its position alone.</param>
internal sealed class GraphRecord(HistoryRecord record, Cursor? cursor = null)
{
    private JsonElement? json;

    internal HistoryRecord Record => record;

    internal Envelope Envelope => record.Envelope;

    internal Cursor? Cursor => cursor;

    /// <summary>The body, read once.</summary>
    /// <exception cref="FaultError">The body is not JSON: a foreign process wrote it.</exception>
    internal JsonElement Json => json ??= Read();

    private JsonElement Read()
    {
        try
        {
            var reader = new Utf8JsonReader(Envelope.Data.Span);
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            throw new FaultError(ErrorCode.MalformedRecord, $"The body of the record at {record.Position} is not JSON.");
        }
    }
}
