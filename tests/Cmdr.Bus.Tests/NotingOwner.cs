using System.Collections.Concurrent;

namespace Cmdr.Bus.Tests;

/// <summary>Notes what a partition owner hears.</summary>
internal sealed class NotingOwner : IPartitionOwner
{
    private static readonly Dictionary<TopicPartition, long> GroupPositions = [];

    public ConcurrentQueue<string> Heard { get; } = [];

    public Exception? Unable { get; set; }

    public IReadOnlyDictionary<TopicPartition, long> Starts { get; init; } = GroupPositions;

    public ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        if (Unable is { } unable) throw unable;
        Write("assigned", partitions.Select(partition => partition.Partition));
        return new(Starts);
    }

    public ValueTask Committed(Slice slice, CancellationToken cancellationToken) => Note("committed", slice.Positions.Keys);

    public ValueTask Aborted(Slice slice, CancellationToken cancellationToken) => Note("aborted", slice.Positions.Keys);

    public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => Note("revoked", partitions);

    public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => Note("lost", partitions);

    private ValueTask Note(string what, IEnumerable<TopicPartition> partitions)
    {
        Write(what, partitions);
        return ValueTask.CompletedTask;
    }

    private void Write(string what, IEnumerable<TopicPartition> partitions) => Heard.Enqueue($"{what} {string.Join(",", partitions.Order())}");
}
