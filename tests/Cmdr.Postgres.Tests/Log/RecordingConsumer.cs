using System.Collections.Concurrent;
using System.Text;

namespace Cmdr.Postgres.Tests;

/// <summary>Copies what it consumes to a topic, and notes what it hears.</summary>
internal sealed class RecordingConsumer(string? output = null) : ILogConsumer
{
    public ConcurrentQueue<string> Consumed { get; } = [];

    public ConcurrentDictionary<TopicPartition, IOwnedPartition> Owned { get; } = [];

    public ConcurrentQueue<TopicPartition> Lost { get; } = [];

    public int Aborted { get; private set; }

    /// <summary>True while it can begin nothing.</summary>
    public bool FailsToBegin { get; set; }

    /// <summary>How often it failed to begin.</summary>
    public int Failures { get; private set; }

    /// <summary>What it waits for before it acknowledges a slice.</summary>
    public Func<Slice, Task> Before { get; set; } = _ => Task.CompletedTask;

    public ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        if (FailsToBegin)
        {
            Failures++;
            throw new InvalidOperationException("It cannot begin.");
        }

        foreach (var partition in partitions) Owned[partition.Partition] = partition;
        return new(new Dictionary<TopicPartition, long>());
    }

    public async ValueTask Consume(Slice slice, CancellationToken cancellationToken)
    {
        if (output is not null)
        {
            foreach (var record in slice.Records) slice.Append(output, record.Record);
        }

        await Before(slice);
    }

    public ValueTask Committed(Slice slice, CancellationToken cancellationToken)
    {
        foreach (var record in slice.Records) Consumed.Enqueue(Encoding.UTF8.GetString(record.Record.Value.Span));
        return default;
    }

    ValueTask IPartitionOwner.Aborted(Slice slice, CancellationToken cancellationToken)
    {
        Aborted++;
        return default;
    }

    public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        foreach (var partition in partitions) Owned.TryRemove(partition, out _);
        return default;
    }

    ValueTask IPartitionOwner.Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        foreach (var partition in partitions)
        {
            Owned.TryRemove(partition, out _);
            Lost.Enqueue(partition);
        }

        return default;
    }
}
