using System.Text;
using Marten;
using Microsoft.Extensions.Logging;

namespace Cmdr.Projections;

/// <summary>What a slice appends to Marten's streams: one for each subject, and one for what a foreign source says of it.</summary>
internal sealed partial class SubjectStreams(Catalog catalog, ILogger<SubjectStreams> logger)
{
    // An event that only readers declare is kept as the first of them reads it.
    private readonly Dictionary<string, EventType> types = catalog.Events.OrderByDescending(e => e.IsWriter).GroupBy(e => e.Name).ToDictionary(named => named.Key, named => named.First());

    /// <summary>The record as which streams keep an event of a name; null when no module declares it.</summary>
    internal EventType? Keeps(string type) => types.GetValueOrDefault(type);

    /// <summary>True for what belongs in a stream: bookkeeping does not.</summary>
    internal static bool IsStreamed(Envelope envelope) => envelope is not { CommandOffset: not null, Sequence: null };

    /// <summary>True for the events of Handling, which alone count a subject's versions.</summary>
    internal static bool IsOwn(Envelope envelope) => envelope is { CommandOffset: not null, Sequence: not null };

    /// <summary>The stream of an event: its subject, or <c>source|subject</c> for a foreign one.</summary>
    internal static string StreamOf(Envelope envelope)
    {
        if (IsOwn(envelope)) return envelope.Subject.ToString();
        // A relative source such as account/a1 could otherwise make up a subject's own stream.
        var rooted = envelope.Source.StartsWith('/') || envelope.Source.Contains(':', StringComparison.Ordinal);
        return rooted ? $"{envelope.Source}|{envelope.Subject}" : $"./{envelope.Source}|{envelope.Subject}";
    }

    /// <summary>The events of Handling that do not follow on their stream's version, which is moved along: they are kept in history and folded by nobody.</summary>
    internal HashSet<Position> OutOfSequence(IEnumerable<HistoryRecord> happenings, Dictionary<string, long> versions)
    {
        var outside = new HashSet<Position>();
        foreach (var (position, envelope) in happenings.Where(message => IsOwn(message.Envelope)))
        {
            var stream = envelope.Subject.ToString();
            var next = versions.GetValueOrDefault(stream) + 1;
            if (envelope.Sequence == next) versions[stream] = next;
            else if (outside.Add(position)) LogOutOfSequence(position, stream, envelope.Sequence!.Value, next); // IsOwn has a sequence
        }

        return outside;
    }

    /// <summary>Appends a slice's events; what could not be decoded is kept as <see cref="UndeclaredEvent"/>.</summary>
    internal static void Append(IDocumentSession session, IEnumerable<(HistoryRecord Message, object? Decoded)> events)
    {
        foreach (var stream in events.GroupBy(e => StreamOf(e.Message.Envelope)))
        {
            var last = stream.Last().Message.Envelope;
            object[] appended = [.. stream.Select(e => ToEvent(session, e.Message, e.Decoded))];
            if (IsOwn(last)) session.Events.Append(stream.Key, last.Sequence!.Value, appended); // the version after the append; IsOwn has one
            else session.Events.Append(stream.Key, appended);
        }
    }

    private static JasperFx.Events.IEvent ToEvent(IDocumentSession session, HistoryRecord message, object? decoded)
    {
        var envelope = message.Envelope;
        var e = session.Events.BuildEvent(decoded ?? new UndeclaredEvent(envelope.Type, Encoding.UTF8.GetString(envelope.Data.Span)));
        e.Id = envelope.Id;
        e.Timestamp = envelope.Time;
        e.CorrelationId = envelope.CorrelationId?.ToString();
        e.CausationId = envelope.CausationId?.ToString();
        e.UserName = envelope.Actor;
        e.SetHeader("position", message.Position.ToString());
        return e;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The event at {Position} says that it is version {Sequence} of {Subject}, where {Expected} follows: it is in history only.")]
    private partial void LogOutOfSequence(Position position, string subject, long sequence, long expected);
}
