using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>What a member owns, what is fetched of it, and what its consumer was told of it. Used by the member's thread alone.</summary>
internal sealed class Holdings(LogGroup group, ILogConsumer handler, IConsumer<byte[], byte[]> consumer)
{
    private static readonly TimeSpan BetweenLags = TimeSpan.FromSeconds(5);
    private static readonly Gauge<long> Lag = Telemetry.Meter.CreateGauge<long>("cmdr.log.lag", "{record}", "Records that a group has yet to handle, per partition");

    private readonly SortedDictionary<TopicPartition, OwnedPartition> owned = [];
    private List<OwnedPartition>? delivering;
    private long toldLag;

    /// <summary>The partitions that may deliver.</summary>
    internal IReadOnlyList<OwnedPartition> Delivering => delivering ??= [.. owned.Values.Where(partition => partition.Delivers)];

    /// <summary>True while nothing is known yet of a partition that was taken over.</summary>
    internal bool AwaitsAny => Delivering.Any(partition => partition.IsAwaited);

    internal int FetchedRecords { get; private set; }

    internal long FetchedBytes { get; private set; }

    /// <summary>Takes partitions over; they deliver once they are started.</summary>
    internal IReadOnlyList<OwnedPartition> Add(IEnumerable<Wire.TopicPartition> assigned)
    {
        List<OwnedPartition> added = [.. assigned.Select(partition => new OwnedPartition(WireRecord.Partition(partition)))];
        foreach (var partition in added) owned[partition.Partition] = partition;
        delivering = null;
        return added;
    }

    /// <summary>Takes what was consumed.</summary>
    internal void Take(ConsumeResult<byte[], byte[]> result)
    {
        if (!owned.TryGetValue(WireRecord.Partition(result.TopicPartition), out var partition) || !partition.Delivers) return;
        if (WireRecord.Read(result) is not { } record)
        {
            partition.Pass(WireRecord.After(result));
            return;
        }

        var bytes = record.Record.Bytes;
        partition.Fetch(new(record, bytes));
        FetchedRecords++;
        FetchedBytes += bytes;
    }

    /// <summary>True when the partitions of a slice are as they were when it was made.</summary>
    internal bool Has(Delivery delivery) => delivery.Fence.All(partition => owned.GetValueOrDefault(partition.Partition) == partition);

    /// <summary>Moves on after a slice that is committed.</summary>
    internal void Commit(Delivery delivery)
    {
        foreach (var partition in delivery.Fence)
        {
            var isHeld = delivery.Slice.Held.ContainsKey(partition.Partition);
            var (records, bytes) = partition.Commit(delivery.Slice.Positions[partition.Partition], isHeld);
            FetchedRecords -= records;
            FetchedBytes -= bytes;
            if (isHeld) Pause([partition]);
        }

        if (delivery.Slice.Held.Count > 0) delivering = null;

        TellLag();
    }

    /// <summary>Fetches nothing while a handler is at a slice for long, so that the library can be polled meanwhile.</summary>
    internal void PauseAll() => Pause([.. Delivering.Where(partition => !partition.Paused)]);

    /// <summary>Goes on fetching of what is still owned.</summary>
    internal void ResumeAll() => Resume([.. Delivering.Where(partition => partition.Paused)]);

    /// <summary>Partitions go; the consumer is told of those that it was given.</summary>
    internal void GiveUp(IEnumerable<TopicPartition> partitions, bool areLost)
    {
        var told = new List<TopicPartition>();
        foreach (var key in partitions)
        {
            if (!owned.Remove(key, out var partition)) continue;
            // The library keeps a pause beyond the assignment: the next one would fetch nothing.
            if (partition.Paused) Resume([partition]);
            Forget(partition);
            if (partition.IsTold) told.Add(key);
        }

        delivering = null;
        told.Sort();
        if (told.Count > 0) Blocking.Wait(areLost ? handler.Lost(told, CancellationToken.None) : handler.Revoked(told, CancellationToken.None));
    }

    /// <summary>Everything goes, since the member does.</summary>
    internal void GiveUpAll() => GiveUp([.. owned.Keys], areLost: false);

    private void Pause(IReadOnlyList<OwnedPartition> partitions)
    {
        if (partitions.Count == 0) return;
        consumer.Pause(partitions.Select(partition => WireRecord.Partition(partition.Partition)));
        foreach (var partition in partitions) partition.Paused = true;
    }

    private void Resume(IReadOnlyList<OwnedPartition> partitions)
    {
        if (partitions.Count == 0) return;
        consumer.Resume(partitions.Select(partition => WireRecord.Partition(partition.Partition)));
        foreach (var partition in partitions) partition.Paused = false;
    }

    private void Forget(OwnedPartition partition)
    {
        FetchedRecords -= partition.Fetched.Count;
        FetchedBytes -= partition.Fetched.Sum(record => (long)record.Bytes);
    }

    private void TellLag()
    {
        if (!Lag.Enabled || Stopwatch.GetElapsedTime(toldLag) < BetweenLags) return;
        toldLag = Stopwatch.GetTimestamp();
        foreach (var partition in owned.Values.Where(partition => partition.Delivers))
        {
            var end = consumer.GetWatermarkOffsets(WireRecord.Partition(partition.Partition)).High.Value;
            Lag.Record(Math.Max(0, end - partition.Next), new("group", group.Name), new("topic", partition.Partition.Topic), new("partition", partition.Partition.Partition));
        }
    }
}
