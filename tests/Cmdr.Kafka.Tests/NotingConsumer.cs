using System.Collections.Concurrent;
using System.Text;

namespace Cmdr.Kafka.Tests;

/// <summary>A consumer that copies what it gets to a topic, or only notes it.</summary>
internal sealed class NotingConsumer(string? output = null) : ILogConsumer
{
    public ConcurrentQueue<string> Values { get; } = [];

    /// <summary>The partitions that it has.</summary>
    public ConcurrentDictionary<int, bool> Owned { get; } = [];

    public int Assignments { get; private set; }

    public int Aborted { get; private set; }

    public int Lost { get; private set; }

    /// <summary>What it waits for before it returns from a slice.</summary>
    public Func<Slice, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>What it waits for before it begins with partitions.</summary>
    public Func<Task> Restore { get; init; } = () => Task.CompletedTask;

    public async ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        await Restore();
        Assignments++;
        foreach (var partition in partitions) Owned.TryAdd(partition.Partition.Partition, true);
        return new Dictionary<TopicPartition, long>();
    }

    public async ValueTask Consume(Slice slice, CancellationToken cancellationToken)
    {
        await Before(slice);
        if (output is null) return;
        foreach (var record in slice.Records) slice.Append(output, record.Record);
    }

    public ValueTask Committed(Slice slice, CancellationToken cancellationToken)
    {
        foreach (var record in slice.Records) Values.Enqueue(Encoding.UTF8.GetString(record.Record.Value.Span));
        return ValueTask.CompletedTask;
    }

    ValueTask IPartitionOwner.Aborted(Slice slice, CancellationToken cancellationToken)
    {
        Aborted++;
        return ValueTask.CompletedTask;
    }

    public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        foreach (var partition in partitions) Owned.TryRemove(partition.Partition, out _);
        return ValueTask.CompletedTask;
    }

    ValueTask IPartitionOwner.Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        Lost += partitions.Count;
        return Revoked(partitions, cancellationToken);
    }
}
