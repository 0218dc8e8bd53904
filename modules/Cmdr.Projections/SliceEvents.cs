using Microsoft.Extensions.Logging;

namespace Cmdr.Projections;

/// <summary>The events of a slice as declared records, each decoded once for each record as which somebody reads it.</summary>
internal sealed partial class SliceEvents(ILogger logger)
{
    private readonly Dictionary<(Position Position, Type Type), (object? Decoded, Exception? Fault)> decoded = [];

    /// <summary>A message as a declared record; null when its JSON is none, with the <paramref name="fault"/>.</summary>
    internal object? Decode(HistoryRecord message, EventType type, out Exception? fault)
    {
        if (!decoded.TryGetValue((message.Position, type.ClrType), out var known))
        {
            decoded.Add((message.Position, type.ClrType), known = Decode(message, type));
        }

        fault = known.Fault;
        return known.Decoded;
    }

    private (object? Decoded, Exception? Fault) Decode(HistoryRecord message, EventType type)
    {
        try
        {
            return (Codec.Decode(message.Envelope.Data.Span, type.ClrType), null);
        }
        catch (Exception e) // a record's constructor may throw anything
        {
            LogUnreadable(message.Position, message.Envelope.Type, type.ClrType, e.Message);
            return (null, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Type} at {Position} cannot be read as {Record}: {Fault}")]
    private partial void LogUnreadable(Position position, string type, Type record, string fault);
}
