namespace Cmdr.Bus;

/// <summary>The owner where nobody need hear: partitions start at the group's position.</summary>
internal sealed class NobodyHears : IPartitionOwner
{
    private static readonly Dictionary<TopicPartition, long> GroupPositions = [];

    public ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken) =>
        new(GroupPositions);

    public ValueTask Committed(Slice slice, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask Aborted(Slice slice, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
