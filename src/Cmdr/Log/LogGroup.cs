namespace Cmdr;

/// <summary>A group of consumers that share the partitions of some topics.</summary>
/// <param name="Name">Known to all members, such as <c>handling</c>.</param>
/// <param name="Topics">What is consumed; the same for all members.</param>
/// <param name="Keeping">How the group's position is kept.</param>
public sealed record LogGroup(string Name, IReadOnlyList<string> Topics, PositionKeeping Keeping)
{
    /// <summary>The most records in a slice; a member may want fewer (<see cref="ILogConsumer.SliceRecords"/>).</summary>
    public int MaxSliceRecords { get; init; } = 1000;

    /// <summary>The most bytes of keys, values and headers in a slice; one record may exceed it.</summary>
    public int MaxSliceBytes { get; init; } = 8 * 1024 * 1024;
}

/// <summary>How a group's position is kept.</summary>
public enum PositionKeeping
{
    /// <summary>Committed after the slice: at least once.</summary>
    AfterSlice,

    /// <summary>Committed with the records that the slice appended, together or not at all: exactly once into the log.</summary>
    WithOutputs,

    /// <summary>Kept by the consumer with its own data; the log keeps none.</summary>
    ByConsumer,
}

/// <summary>Hears what becomes of the partitions of a group's member, and of its slices. Its members are never called at the same time.</summary>
public interface IPartitionOwner
{
    /// <summary>Partitions were assigned. Until this returns they deliver nothing.</summary>
    /// <returns>The next offset to deliver for each of the partitions that should not start at the group's position.</returns>
    ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken);

    /// <summary>The last slice was committed. Where <see cref="PositionKeeping.ByConsumer"/>, called after every slice that was handled.</summary>
    ValueTask Committed(Slice slice, CancellationToken cancellationToken);

    /// <summary>The last slice was not committed, though it may have been handled: forget what it changed.</summary>
    ValueTask Aborted(Slice slice, CancellationToken cancellationToken);

    /// <summary>Partitions go to another member, in order: everything that was consumed is committed.</summary>
    ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken);

    /// <summary>Partitions went to another member while this one was away: nothing more can be committed for them.</summary>
    ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken);
}

/// <summary>What a group's member does: an owner of partitions that handles their slices.</summary>
public interface ILogConsumer : IPartitionOwner
{
    /// <summary>The most records that this member wants in its next slice, 1 or more; it never gets more than <see cref="LogGroup.MaxSliceRecords"/>. Asked for each slice.</summary>
    int SliceRecords => int.MaxValue;

    /// <summary>Handles a slice. Returning acknowledges it, but for what it held (<see cref="Slice.HoldAt"/>); throwing aborts it, and its records come again.</summary>
    ValueTask Consume(Slice slice, CancellationToken cancellationToken);
}

/// <summary>A partition while a member owns it.</summary>
public interface IOwnedPartition
{
    /// <summary>Which.</summary>
    TopicPartition Partition { get; }

    /// <summary>The group's position: the next offset to deliver; null when the group has none yet, or where the consumer keeps it.</summary>
    long? GroupPosition { get; }

    /// <summary>
    /// Asks for a slice of this partition at <paramref name="due"/>, even if it is empty; at once when that is past. May be called from any thread. Earlier
    /// requests that are not yet served stay. What it appends commits under the same fence as any slice; the position stays. Ignored once the partition is gone.
    /// </summary>
    void RequestSlice(DateTimeOffset due);
}
