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
    private static readonly Histogram<double> Duration =
        Telemetry.Meter.CreateHistogram<double>("cmdr.log.commit", "s", "How long one commit of a slice takes");

    /// <summary>
    /// True when committed; false when the fence held, and nothing is on the log. Where the database did not answer before, and others took all of it since,
    /// nobody can tell: false, and who took it finds what there is.
    /// </summary>
    /// <exception cref="LogException">A topic that the slice appends to is not there any more.</exception>
    /// <exception cref="OutputsTooLargeException">The slice appends more than one statement may; nothing is on the log.</exception>
    internal async Task<bool> TryCommit(Slice slice, IReadOnlyList<OwnedPartition> fence, Guid member, CancellationToken cancellationToken)
    {
        using var outputs = new RecordBatch();
        foreach (var (topic, record) in slice.Outputs)
        {
            var id = await parts.Topics.Of(topic, cancellationToken).ConfigureAwait(false);
            outputs.Add(id, topic, Murmur2.Partition(record.Key.Span, log.Partitions), record);
        }

        if (outputs.Bytes > RecordBatch.MostBytes) throw new OutputsTooLargeException(name, slice, outputs.Bytes);
        var outcome = await Outlast(slice, fence, outputs, member, cancellationToken).ConfigureAwait(false);
        parts.Health.Well(part);
        if (outcome == Outcome.Committed && outputs.Count > 0) parts.Announcer.Appended(outputs.TopicIds);
        return outcome == Outcome.Committed;
    }

    /// <summary>Commits, again and again while the database is at fault; a commit without an answer is resolved before it is made again.</summary>
    private async Task<Outcome> Outlast(Slice slice, IReadOnlyList<OwnedPartition> fence, RecordBatch outputs, Guid member, CancellationToken cancellationToken)
    {
        var backoff = new Backoff();
        var isUnanswered = false;
        while (true)
        {
            var isSent = false;
            try
            {
                var open = await connection.Open(CancellationToken.None).ConfigureAwait(false);
                var before = isUnanswered ? await Resolve(open, fence, member).ConfigureAwait(false) : Outcome.NotCommitted;
                if (before != Outcome.NotCommitted) return before;
                (isSent, isUnanswered) = (true, true);
                return await Commit(open, slice, fence, outputs, member).ConfigureAwait(false);
            }
            catch (Exception exception) when (Fault.IsOfDatabase(exception))
            {
                if (isSent && Fault.IsRolledBack(exception)) isUnanswered = false;
                await connection.Discard().ConfigureAwait(false);
                parts.Health.Faulty(part, exception);
                await backoff.Wait(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<Outcome> Commit(NpgsqlConnection open, Slice slice, IReadOnlyList<OwnedPartition> fence, RecordBatch outputs, Guid member)
    {
        var started = Stopwatch.GetTimestamp();
        var rows = await Query.Rows(open, Sql.Commit, Bind, row => (Holds: row.GetBoolean(0), IsComplete: row.GetBoolean(1)), CancellationToken.None).ConfigureAwait(false);
        if (rows is not [{ Holds: true }]) return Outcome.Fenced;
        if (rows is not [{ IsComplete: true }]) throw new LogException($"A topic that the group {name} appends to was dropped or created anew under this host; restart it.");
        Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("group", name));
        foreach (var owned in fence) owned.Commits++;
        return Outcome.Committed;

        void Bind(NpgsqlParameterCollection parameters)
        {
            parameters.With(group).With(member)
                .With(fence.Select(owned => owned.Key.TopicId).ToArray())
                .With(fence.Select(owned => owned.Key.Partition).ToArray())
                .With(fence.Select(owned => owned.Epoch).ToArray())
                .With(Moves(slice, fence));
            outputs.AddTo(parameters);
        }
    }

    /// <summary>The positions after the slice; null where an empty slice moves none.</summary>
    private static long?[] Moves(Slice slice, IReadOnlyList<OwnedPartition> fence) => [.. fence.Select(owned =>
        slice.Positions[owned.Partition] is var next && (next != owned.Next || slice.Held.ContainsKey(owned.Partition)) ? next : (long?)null)];

    /// <summary>What became of a commit that was not answered, under an epoch that it can no longer meet.</summary>
    private async Task<Outcome> Resolve(NpgsqlConnection open, IReadOnlyList<OwnedPartition> fence, Guid member)
    {
        var rows = await Query.Rows(open, Sql.Resolve, Bind, Row, CancellationToken.None).ConfigureAwait(false);
        var outcome = rows.Count < fence.Count ? Outcome.Fenced : Outcome.NotCommitted;
        foreach (var row in rows)
        {
            var owned = fence.Single(owned => owned.Key == row.Key);
            // All partitions of a slice are committed together: what one of them tells is true of all.
            if (row.Commits > owned.Commits) outcome = Outcome.Committed;
            (owned.Epoch, owned.Commits) = (row.Epoch, row.Commits);
        }

        return outcome;

        void Bind(NpgsqlParameterCollection parameters) => parameters.With(group).With(member)
            .With(fence.Select(owned => owned.Key.TopicId).ToArray())
            .With(fence.Select(owned => owned.Key.Partition).ToArray());

        static (LeaseKey Key, long Epoch, long Commits) Row(NpgsqlDataReader row) => (new(row.GetInt16(0), row.GetInt32(1)), row.GetInt64(2), row.GetInt64(3));
    }

    private enum Outcome
    {
        NotCommitted,
        Committed,
        Fenced,
    }
}
