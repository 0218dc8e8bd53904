namespace Cmdr;

/// <summary>Many consecutive records of one or more partitions, handled and committed as one.</summary>
public sealed class Slice
{
    private readonly List<SliceOutput> outputs = [];
    private readonly Dictionary<TopicPartition, long> held = [];
    private readonly IReadOnlyDictionary<TopicPartition, long> delivered;

    /// <summary>A slice of <paramref name="records"/>, grouped by partition; <paramref name="requested"/> are the partitions whose empty slice was asked for.</summary>
    public Slice(IReadOnlyList<LoggedRecord> records, IReadOnlyDictionary<TopicPartition, long> positions, IReadOnlyList<TopicPartition> requested)
    {
        Records = records;
        Positions = delivered = positions;
        Requested = requested;
    }

    /// <summary>The records; in offset order within each partition.</summary>
    public IReadOnlyList<LoggedRecord> Records { get; }

    /// <summary>
    /// The group's position in each partition of the slice once it is committed: one past its last offset; unchanged for an empty one; where a held one stays.
    /// A log reads it when the slice was handled, since handling may hold a partition.
    /// </summary>
    public IReadOnlyDictionary<TopicPartition, long> Positions { get; private set; }

    /// <summary>The partitions for which a slice was asked for by <see cref="IOwnedPartition.RequestSlice"/>.</summary>
    public IReadOnlyList<TopicPartition> Requested { get; }

    /// <summary>What was appended, in order.</summary>
    public IReadOnlyList<SliceOutput> Outputs => outputs;

    /// <summary>The partitions of which the log, once the slice is committed, delivers nothing more until they are assigned again, and where each is held.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Held => held;

    /// <summary>True where the group keeps its position <see cref="PositionKeeping.WithOutputs"/>.</summary>
    public bool TakesOutputs { get; init; } = true;

    /// <summary>Appends a record when the slice commits.</summary>
    /// <exception cref="InvalidOperationException">The group does not keep its position <see cref="PositionKeeping.WithOutputs"/>.</exception>
    /// <exception cref="RecordTooLargeException">The record is larger than <see cref="LogRecord.MaxBytes"/>; it is not appended, the slice goes on.</exception>
    public void Append(string topic, LogRecord record)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentNullException.ThrowIfNull(record);
        if (!TakesOutputs) throw new InvalidOperationException("Only a group that keeps its position with outputs may append from a slice.");
        if (record.Bytes > LogRecord.MaxBytes) throw new RecordTooLargeException(record.Bytes);
        outputs.Add(new(topic, record));
    }

    /// <summary>
    /// Acknowledges a partition's records below <paramref name="offset"/> only. Once the slice is committed the log delivers nothing more of the partition, and
    /// no slice asked for, until it is assigned again, to this member or another: then it comes from <paramref name="offset"/>. The other partitions flow on.
    /// </summary>
    /// <param name="partition">A partition of the slice.</param>
    /// <param name="offset">The first offset that is not acknowledged; at most one past the last that was delivered.</param>
    public void HoldAt(TopicPartition partition, long offset)
    {
        if (!delivered.TryGetValue(partition, out var end)) throw new ArgumentException($"{partition} is not a partition of the slice.", nameof(partition));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, end);
        held[partition] = offset;
        Positions = delivered.ToDictionary(position => position.Key, position => held.GetValueOrDefault(position.Key, position.Value));
    }

    /// <summary>Forgets what was appended and held; a slice is retried as it was delivered.</summary>
    public void Reset()
    {
        outputs.Clear();
        held.Clear();
        Positions = delivered;
    }
}

/// <summary>A record that a slice appends.</summary>
/// <param name="Topic">Where to.</param>
/// <param name="Record">What.</param>
public readonly record struct SliceOutput(string Topic, LogRecord Record);
