using System.Diagnostics;
using System.Diagnostics.Metrics;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>
/// Commits a slice: its outputs and the group's positions in one statement, if every lease of its partitions still has the epoch that this member took it with.
/// A fault of the database is outlasted: the slice was handled, and only the fence may undo that.
/// </summary>
internal sealed class SliceCommit(LogParts parts, KeptConnection connection, LogDescription log, short group, string name, string part)
{
    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram<double>("cmdr.log.commit", "s", "How long one commit of a slice takes");

    /// <summary>True when committed; false, and nothing is on the log, when the fence held.</summary>
    internal async Task<bool> TryCommit(Slice slice, IReadOnlyList<OwnedPartition> fence, Guid member, CancellationToken cancellationToken)
    {
        using var outputs = new RecordBatch();
        foreach (var (topic, record) in slice.Outputs)
        {
            outputs.Add(await parts.Topics.Of(topic, cancellationToken).ConfigureAwait(false), topic, Murmur2.Partition(record.Key.Span, log.Partitions), record);
        }

        var backoff = new Backoff();
        for (var isUnanswered = false; ;)
        {
            var isResolving = isUnanswered;
            try
            {
                var open = await connection.Open(CancellationToken.None).ConfigureAwait(false);
                if (isUnanswered && await Resolve(open, fence, member).ConfigureAwait(false) is var was && was != Outcome.NotCommitted) return was == Outcome.Committed;
                (isUnanswered, isResolving) = (true, false);
                var started = Stopwatch.GetTimestamp();
                var holds = await Query.Rows(open, Sql.Commit, Bind, row => row.GetBoolean(0), CancellationToken.None).ConfigureAwait(false);
                parts.Health.Well(part);
                if (holds is not [true]) return false;
                Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("group", name));
                foreach (var owned in fence) owned.Commits++;
                if (outputs.Count > 0) parts.Announcer.Appended(outputs.TopicIds);
                return true;
            }
            catch (Exception exception) when (Fault.IsOfDatabase(exception))
            {
                if (!isResolving && Fault.IsRolledBack(exception)) isUnanswered = false;
                await connection.Discard().ConfigureAwait(false);
                parts.Health.Faulty(part, exception);
                await backoff.Wait(cancellationToken).ConfigureAwait(false);
            }
        }

        void Bind(NpgsqlParameterCollection parameters)
        {
            parameters.With(group)
                .With(fence.Select(owned => owned.Key.TopicId).ToArray())
                .With(fence.Select(owned => owned.Key.Partition).ToArray())
                .With(fence.Select(owned => owned.Epoch).ToArray())
                .With(Moves(slice, fence));
            outputs.AddTo(parameters);
        }
    }

    /// <summary>The positions after the slice; null where an empty slice moves none.</summary>
    private static long?[] Moves(Slice slice, IReadOnlyList<OwnedPartition> fence)
    {
        var moved = slice.Records.Select(record => record.Position.TopicPartition).Concat(slice.Held.Keys).ToHashSet();
        return [.. fence.Select(owned => moved.Contains(owned.Partition) ? slice.Positions[owned.Partition] : (long?)null)];
    }

    /// <summary>What became of a commit that was not answered, under an epoch that it can no longer meet.</summary>
    private async Task<Outcome> Resolve(NpgsqlConnection open, IReadOnlyList<OwnedPartition> fence, Guid member)
    {
        var rows = await Query.Rows(
            open, Sql.Resolve,
            parameters => parameters.With(group).With(member).With(fence.Select(owned => owned.Key.TopicId).ToArray()).With(fence.Select(owned => owned.Key.Partition).ToArray()),
            row => (Key: new LeaseKey(row.GetInt16(0), row.GetInt32(1)), Epoch: row.GetInt64(2), Commits: row.GetInt64(3)), CancellationToken.None).ConfigureAwait(false);
        if (rows.Count < fence.Count) return Outcome.Fenced;
        var outcome = Outcome.NotCommitted;
        foreach (var owned in fence)
        {
            var row = rows.Single(row => row.Key == owned.Key);
            // All partitions of a slice are committed together: what one of them tells is true of all.
            if (row.Commits > owned.Commits) outcome = Outcome.Committed;
            (owned.Epoch, owned.Commits) = (row.Epoch, row.Commits);
        }

        return outcome;
    }

    private enum Outcome
    {
        NotCommitted,
        Committed,
        Fenced,
    }
}
