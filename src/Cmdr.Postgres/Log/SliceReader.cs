using System.Collections.Immutable;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>Reads what the next slice holds; while there is more than one slice holds, the next is read while this one is handled.</summary>
internal sealed class SliceReader(NpgsqlDataSource source, LogGroup group, ILogConsumer consumer)
{
    private Ahead? ahead;
    private int first;
    private int most;
    private int limit = int.MaxValue;

    private int Most => Math.Min(limit, Math.Min(group.MaxSliceRecords, consumer.SliceRecords));

    /// <summary>Records of some partitions from their next offsets on, grouped by partition.</summary>
    internal async Task<List<LoggedRecord>> Read(IReadOnlyList<OwnedPartition> partitions, CancellationToken cancellationToken)
    {
        if (partitions.Count == 0) return [];
        if (Interlocked.Exchange(ref ahead, null) is { } read)
        {
            // One that failed, perhaps long ago, is made again: what failed it may have passed.
            await ((Task)read.Records).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (read.Records.IsCompletedSuccessfully && read.IsStillNext(partitions)) return Wanted(await read.Records.ConfigureAwait(false));
        }

        return await Read(Lanes(partitions, ImmutableDictionary<TopicPartition, long>.Empty), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins to read what follows a slice; what becomes of the slice shows later whether it was of use.</summary>
    internal void ReadAhead(IReadOnlyList<OwnedPartition> partitions, Slice slice, CancellationToken cancellationToken)
    {
        if (slice.Records.Count < most) return;
        var lanes = Lanes(partitions, slice.Positions);
        ahead = new([.. partitions], lanes, Read(lanes, cancellationToken));
    }

    /// <summary>What came of a slice was too much: the next has half its records, and so on.</summary>
    internal void TakeLess(Slice slice) => limit = Math.Max(1, slice.Records.Count / 2);

    /// <summary>What came of a slice was not too much: where less was taken, the next may have twice as many records, and so on.</summary>
    internal void TakeMore() => limit = limit > int.MaxValue / 2 ? int.MaxValue : limit * 2;

    /// <summary>Ends what is still being read.</summary>
    internal async Task Stop()
    {
        if (Interlocked.Exchange(ref ahead, null) is { } read) await ((Task)read.Records).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>What the member wants by now of what was read ahead: it may have become slow since.</summary>
    private List<LoggedRecord> Wanted(List<LoggedRecord> records)
    {
        most = Most;
        return records.Count <= most ? records : records[..most];
    }

    private Task<List<LoggedRecord>> Read(IReadOnlyList<ReadLane> lanes, CancellationToken cancellationToken)
    {
        most = Most;
        return LaneReader.Read(source, lanes, most, group.MaxSliceBytes, cancellationToken);
    }

    /// <summary>The partitions in turn, beginning with another each time, so that a full one does not starve the others.</summary>
    private List<ReadLane> Lanes(IReadOnlyList<OwnedPartition> partitions, IReadOnlyDictionary<TopicPartition, long> after)
    {
        first = (first + 1) % partitions.Count;
        return [.. partitions.Skip(first).Concat(partitions.Take(first)).Select(owned =>
            new ReadLane(owned.Key.TopicId, owned.Partition, after.TryGetValue(owned.Partition, out var next) ? next : owned.Next))];
    }

    private sealed record Ahead(HashSet<OwnedPartition> Partitions, List<ReadLane> Lanes, Task<List<LoggedRecord>> Records)
    {
        /// <summary>False when a partition went or came, or the slice before was not committed, or one of its partitions was held.</summary>
        internal bool IsStillNext(IReadOnlyList<OwnedPartition> partitions)
        {
            if (!Partitions.SetEquals(partitions)) return false;
            var next = partitions.ToDictionary(owned => owned.Partition, owned => owned.Next);
            return Lanes.TrueForAll(lane => next[lane.Partition] == lane.Next);
        }
    }
}
