using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>What a member owns, what is fetched of it, and what its consumer was told of it. Used by the member's thread alone.</summary>
internal sealed class Holdings(LogGroup group, ILogConsumer handler)
{
    private static readonly TimeSpan BetweenLags = TimeSpan.FromSeconds(5);
    private static readonly Gauge<long> Lag = Telemetry.Meter.CreateGauge<long>("cmdr.log.lag", "{record}", "Records that a group has yet to handle, per partition");

    private readonly SortedDictionary<TopicPartition, OwnedPartition> owned = [];
    private IConsumer<byte[], byte[]> consumer = null!; // set by Of, before the first poll
    private List<OwnedPartition>? delivering;
    private bool hasUnpaused;
    private long toldLag;

    /// <summary>The partitions that may deliver.</summary>
    internal IReadOnlyList<OwnedPartition> Delivering => delivering ??= [.. owned.Values.Where(partition => partition.Delivers)];

    /// <summary>The partitions that do not deliver yet.</summary>
    internal IReadOnlyList<OwnedPartition> Starting => [.. owned.Values.Where(partition => !partition.Started)];

    internal int FetchedRecords { get; private set; }

    internal long FetchedBytes { get; private set; }

    internal void Of(IConsumer<byte[], byte[]> member) => consumer = member;

    /// <summary>Takes partitions over: they fetch nothing until the consumer has said where they begin.</summary>
    internal IEnumerable<TopicPartitionOffset> Assign(IReadOnlyList<Wire.TopicPartition> assigned)
    {
        foreach (var partition in assigned) owned[WireRecord.Partition(partition)] = new(WireRecord.Partition(partition));
        Changed();
        // The end, of which there is nothing to fetch: a partition can be paused only once it is assigned, which is when this has returned.
        return assigned.Select(partition => new TopicPartitionOffset(partition, Offset.End));
    }

    /// <summary>Pauses what was just assigned.</summary>
    internal void Pause()
    {
        if (!hasUnpaused) return;
        hasUnpaused = false;
        Pause(owned.Values.Where(partition => !partition.Paused));
    }

    /// <summary>Takes a record, or the end of a partition.</summary>
    internal void Take(ConsumeResult<byte[], byte[]> result)
    {
        if (!owned.TryGetValue(WireRecord.Partition(result.TopicPartition), out var partition) || !partition.Delivers) return;
        if (result.IsPartitionEOF)
        {
            partition.Ended(result.Offset.Value);
            return;
        }

        var record = WireRecord.Read(result);
        partition.Fetch(record);
        FetchedRecords++;
        FetchedBytes += record.Record.Bytes;
    }

    /// <summary>Lets the library read from where the consumer begins; what cannot be sought yet is sought the next time.</summary>
    internal void Seek()
    {
        foreach (var partition in owned.Values.Where(partition => !partition.Started && partition.Beginning is not null))
        {
            var place = WireRecord.Partition(partition.Partition);
            try
            {
                consumer.Seek(new(place, partition.Beginning!.Value)); // not null: the query above
            }
            catch (KafkaException exception) when (exception.Error.Code is ErrorCode.Local_State or ErrorCode.Local_UnknownPartition)
            {
                continue; // its assignment is still on its way through the library
            }

            partition.Start();
            partition.Paused = false;
            consumer.Resume([place]);
            delivering = null;
        }
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

        TellLag();
    }

    /// <summary>Fetches nothing while a handler is at a slice for long, so that the library can be polled meanwhile.</summary>
    internal void PauseAll() => consumer.Pause(owned.Values.Where(partition => !partition.Paused).Select(partition => WireRecord.Partition(partition.Partition)));

    internal void ResumeAll() => consumer.Resume(owned.Values.Where(partition => !partition.Paused && partition.Delivers).Select(partition => WireRecord.Partition(partition.Partition)));

    /// <summary>Partitions go; the consumer is told of those that it was given.</summary>
    internal void GiveUp(IEnumerable<TopicPartition> partitions, bool areLost)
    {
        var told = new List<TopicPartition>();
        foreach (var key in partitions)
        {
            if (!owned.Remove(key, out var partition)) continue;
            Forget(partition);
            if (partition.Beginning is not null) told.Add(key);
        }

        Changed();
        told.Sort();
        if (told.Count > 0) Blocking.Wait(areLost ? handler.Lost(told, CancellationToken.None) : handler.Revoked(told, CancellationToken.None));
    }

    /// <summary>Everything goes, since the member does.</summary>
    internal void GiveUpAll() => GiveUp([.. owned.Keys], areLost: false);

    /// <summary>Begins anew with all that is owned: it is unknown what was committed of it, or the consumer's state cannot be trusted.</summary>
    internal void BeginAnew()
    {
        List<TopicPartition> keys = [.. owned.Keys];
        GiveUp(keys, areLost: true);
        foreach (var key in keys) owned[key] = new(key);
        Changed();
        Pause();
    }

    private void Pause(IEnumerable<OwnedPartition> partitions)
    {
        var pausing = partitions.ToList();
        consumer.Pause(pausing.Select(partition => WireRecord.Partition(partition.Partition)));
        foreach (var partition in pausing) partition.Paused = true;
        delivering = null;
    }

    private void Changed() => (delivering, hasUnpaused) = (null, owned.Values.Any(partition => !partition.Paused && !partition.Started));

    private void Forget(OwnedPartition partition)
    {
        FetchedRecords -= partition.Fetched.Count;
        FetchedBytes -= partition.Fetched.Sum(record => (long)record.Record.Bytes);
    }

    private void TellLag()
    {
        if (!Lag.Enabled || Stopwatch.GetElapsedTime(toldLag) < BetweenLags) return;
        toldLag = Stopwatch.GetTimestamp();
        foreach (var partition in owned.Values.Where(partition => partition.Started))
        {
            var end = consumer.GetWatermarkOffsets(WireRecord.Partition(partition.Partition)).High.Value;
            Lag.Record(Math.Max(0, end - partition.Next), new("group", group.Name), new("topic", partition.Partition.Topic), new("partition", partition.Partition.Partition));
        }
    }
}
