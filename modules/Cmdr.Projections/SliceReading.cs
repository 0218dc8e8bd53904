namespace Cmdr.Projections;

/// <summary>What the records of a slice are: messages, those among them that happened to a subject, and strays.</summary>
internal sealed class SliceReading
{
    private const int LongestType = 256;
    private const int LongestSource = 512;

    private readonly List<HistoryRecord> messages = [];
    private readonly List<HistoryRecord> happenings = [];
    private readonly List<Stray> strays = [];
    private readonly Dictionary<int, long> commandOffsets = [];

    /// <summary>Reads records that are on or after their partition's start and before its hold, on a log of <paramref name="partitions"/> partitions.</summary>
    internal SliceReading(IEnumerable<LoggedRecord> records, int partitions)
    {
        foreach (var logged in records) Read(logged, partitions);
    }

    /// <summary>Every message, in the slice's order.</summary>
    internal IReadOnlyList<HistoryRecord> Messages => messages;

    /// <summary>The messages on <c>events</c> that stand in their subject's partition, in the slice's order.</summary>
    internal IReadOnlyList<HistoryRecord> Happenings => happenings;

    /// <summary>What is no message.</summary>
    internal IReadOnlyList<Stray> Strays => strays;

    /// <summary>The highest <c>ce_commandoffset</c> of a partition of <c>events</c> in the slice; -1 when there is none.</summary>
    internal long CommandOffsetOf(TopicPartition partition) => partition.Topic == Topics.Events ? commandOffsets.GetValueOrDefault(partition.Partition, -1) : -1;

    private void Read(LoggedRecord logged, int partitions)
    {
        if (!CloudEventBinding.TryRead(logged.Record, out var envelope, out var fault) || (fault = FaultOf(envelope)) is not null)
        {
            strays.Add(new(logged, fault));
            return;
        }

        var message = new HistoryRecord(logged.Position, envelope);
        messages.Add(message);
        if (logged.Position.Topic != Topics.Events) return;
        var partition = logged.Position.Partition;
        if (Murmur2.Partition(logged.Record.Key.Span, partitions) != partition)
        {
            strays.Add(new(logged, "it is on the wrong partition")); // kept as a message too, but folded by nobody
            return;
        }

        happenings.Add(message);
        if (envelope.CommandOffset is { } offset) commandOffsets[partition] = Math.Max(offset, commandOffsets.GetValueOrDefault(partition, -1));
    }

    /// <summary>Why PostgreSQL cannot index or hold a message; null when it can.</summary>
    private static string? FaultOf(Envelope envelope)
    {
        if (Subject.FaultOf(envelope.Subject.Id) is { } fault) return $"its subject's id {fault}";
        if (Subject.FaultOf(envelope.Subject.Category) is { } category) return $"its subject's category {category}";
        if (envelope.Type.Length > LongestType) return $"its ce_type is longer than {LongestType} characters";
        if (envelope.Source.Length > LongestSource) return $"its ce_source is longer than {LongestSource} characters";
        string?[] texts = [envelope.Type, envelope.Source, envelope.Actor, envelope.CommandHash, envelope.Saga, envelope.DataSchema, envelope.TraceParent, envelope.TraceState];
        return texts.Any(text => text?.Contains('\0', StringComparison.Ordinal) == true) ? "one of its headers contains U+0000" : null;
    }
}

/// <summary>A record that is no message of the contract.</summary>
/// <param name="Logged">The record.</param>
/// <param name="Fault">Why.</param>
internal readonly record struct Stray(LoggedRecord Logged, string Fault);
