using System.Diagnostics.Metrics;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>What a member owns: takes what falls to it, gives up what falls to others, and tells its consumer.</summary>
internal sealed class Holdings(
    LogParts parts, KeptConnection connection, ILogConsumer consumer, LogGroup settings, short group, IReadOnlyDictionary<short, string> topics, Action wake)
{
    private static readonly Gauge<long> Lag =
        Telemetry.Meter.CreateGauge<long>("cmdr.log.lag", "{record}", "Records that a group has yet to handle, per partition");

    private readonly SortedDictionary<LeaseKey, OwnedPartition> owned = [];

    /// <summary>The partitions that may deliver.</summary>
    internal List<OwnedPartition> Delivering => [.. owned.Values.Where(partition => partition is { Started: true, IsUnchecked: false, Held: false })];

    /// <summary>Gives up, then takes, as the group's state asks for.</summary>
    internal async Task Follow(Share share, Membership membership)
    {
        foreach (var lease in share.Owned)
        {
            if (owned.TryGetValue(lease.Key, out var partition)) Lag.Record(Math.Max(0, lease.End - partition.Next), Tags(partition.Partition));
        }

        if (share.Release.Count == 0 && share.Claim.Count == 0) return;
        try
        {
            if (share.Release.Count > 0) await GiveUp(share.Release, membership.Id).ConfigureAwait(false);
            if (share.Claim.Count > 0) await Claim(share.Claim, membership.Id).ConfigureAwait(false);
            membership.Look();
        }
        catch (Exception exception) when (Fault.IsOfDatabase(exception))
        {
            // The answer may be lost, not the deed: nobody knows what this member has, so that it begins anew.
            membership.Abandon();
            throw;
        }
    }

    /// <summary>Lets the consumer begin what it does not deliver yet.</summary>
    /// <exception cref="ConsumerFailedException">The consumer threw; it is asked again the next time.</exception>
    internal async Task Start(CancellationToken cancellationToken)
    {
        if (owned.Values.Where(partition => !partition.Started).ToList() is not { Count: > 0 } starting) return;
        var starts = await Ask(starting, cancellationToken).ConfigureAwait(false);
        foreach (var partition in starting)
        {
            partition.Started = true;
            if (!starts.TryGetValue(partition.Partition, out var start)) continue;
            ArgumentOutOfRangeException.ThrowIfNegative(start);
            (partition.Next, partition.IsUnchecked) = (start, true);
        }
    }

    /// <summary>Holds where the consumer begins against the end, which a database at fault may tell only later.</summary>
    /// <exception cref="CursorException">It begins past the end: the log lost its tail.</exception>
    internal async Task Check(CancellationToken cancellationToken)
    {
        foreach (var topic in owned.Values.Where(partition => partition.IsUnchecked).GroupBy(partition => partition.Partition.Topic).ToList())
        {
            var end = await parts.Reader.EndOf(topic.Key, cancellationToken).ConfigureAwait(false);
            foreach (var partition in topic)
            {
                partition.IsUnchecked = false;
                if (partition.Next <= end.Next[partition.Partition.Partition]) continue;
                throw new CursorException(CursorException.BeyondEnd, $"Offset {partition.Next} is past the end of {partition.Partition}: the log lost its tail.");
            }
        }
    }

    /// <summary>Everything went to others.</summary>
    internal async Task Lose()
    {
        var lost = Started(owned.Values);
        owned.Clear();
        if (lost.Count > 0) await consumer.Lost(lost, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Everything goes to others, once this member is gone.</summary>
    internal async Task Revoke()
    {
        var revoked = Started(owned.Values);
        owned.Clear();
        if (revoked.Count > 0) await consumer.Revoked(revoked, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<IReadOnlyDictionary<TopicPartition, long>> Ask(List<OwnedPartition> starting, CancellationToken cancellationToken)
    {
        try
        {
            return await consumer.Assigned(starting, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConsumerFailedException(exception);
        }
    }

    private static List<TopicPartition> Started(IEnumerable<OwnedPartition> partitions) =>
        [.. partitions.Where(partition => partition.Started).Select(partition => partition.Partition).Order()];

    private async Task GiveUp(IReadOnlyList<LeaseKey> keys, Guid member)
    {
        var leaving = keys.Where(owned.ContainsKey).Select(key => owned[key]).ToList();
        foreach (var partition in leaving) owned.Remove(partition.Key);
        if (Started(leaving) is { Count: > 0 } revoked) await consumer.Revoked(revoked, CancellationToken.None).ConfigureAwait(false);
        await Run(Sql.Release, parameters => parameters.With(group).With(member).With(TopicIds(keys)).With(Partitions(keys)), _ => true).ConfigureAwait(false);
        parts.Announcer.GroupChanged(group);
    }

    private async Task Claim(IReadOnlyList<Lease> free, Guid member)
    {
        LeaseKey[] keys = [.. free.Select(lease => lease.Key)];
        var claimed = await Run(
            Sql.Claim,
            parameters => parameters.With(group).With(member).With(TopicIds(keys)).With(Partitions(keys)).With(free.Select(lease => lease.Epoch).ToArray()),
            row => new ClaimedLease(new(row.GetInt16(0), row.GetInt32(1)), row.GetInt64(2), row.GetInt64(3), row.IsDBNull(4) ? null : row.GetInt64(4)))
            .ConfigureAwait(false);
        foreach (var lease in claimed)
        {
            var partition = new TopicPartition(topics[lease.Key.TopicId], lease.Key.Partition);
            owned[lease.Key] = new(partition, lease, settings.Keeping != PositionKeeping.ByConsumer, wake);
        }
    }

    private KeyValuePair<string, object?>[] Tags(TopicPartition partition) =>
        [new("group", settings.Name), new("topic", partition.Topic), new("partition", partition.Partition)];

    private static short[] TopicIds(IReadOnlyList<LeaseKey> keys) => [.. keys.Select(key => key.TopicId)];

    private static int[] Partitions(IReadOnlyList<LeaseKey> keys) => [.. keys.Select(key => key.Partition)];

    private async Task<List<T>> Run<T>(string sql, Action<NpgsqlParameterCollection> bind, Func<NpgsqlDataReader, T> row)
    {
        try
        {
            var open = await connection.Open(CancellationToken.None).ConfigureAwait(false);
            return await Query.Rows(open, sql, bind, row, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            await connection.Discard().ConfigureAwait(false);
            throw;
        }
    }
}
