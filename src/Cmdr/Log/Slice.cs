namespace Cmdr;

/// <summary>Many consecutive records of one or more partitions, handled and committed as one.</summary>
public sealed class Slice
{
    private readonly List<SliceOutput> outputs = [];

    /// <summary>A slice of <paramref name="records"/>, grouped by partition; <paramref name="requested"/> are the partitions whose empty slice was asked for.</summary>
    public Slice(IReadOnlyList<LoggedRecord> records, IReadOnlyDictionary<TopicPartition, long> positions, IReadOnlyList<TopicPartition> requested)
    {
        Records = records;
        Positions = positions;
        Requested = requested;
    }

    /// <summary>The records; in offset order within each partition.</summary>
    public IReadOnlyList<LoggedRecord> Records { get; }

    /// <summary>The group's position in each partition of the slice once it is committed: one past its last offset; unchanged for an empty one.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Positions { get; }

    /// <summary>The partitions for which a slice was asked for by <see cref="IOwnedPartition.RequestSlice"/>.</summary>
    public IReadOnlyList<TopicPartition> Requested { get; }

    /// <summary>What was appended, in order.</summary>
    public IReadOnlyList<SliceOutput> Outputs => outputs;

    /// <summary>Appends a record when the slice commits. Only where the group keeps its position <see cref="PositionKeeping.WithOutputs"/>.</summary>
    public void Append(string topic, LogRecord record) => outputs.Add(new(topic, record));

    /// <summary>Forgets what was appended; a slice is retried without outputs.</summary>
    public void Reset() => outputs.Clear();
}

/// <summary>A record that a slice appends.</summary>
/// <param name="Topic">Where to.</param>
/// <param name="Record">What.</param>
public readonly record struct SliceOutput(string Topic, LogRecord Record);
