using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>Reads a topic without a group: pages of history, then the tail; the positions asked for; the end.</summary>
internal sealed class TopicReader(NpgsqlDataSource source, TopicIds topics, Wakeups wakeups)
{
    private const int PageRecords = 1000;
    private const int PageBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(2);

    internal async IAsyncEnumerable<LogPage> Read(LogDescription log, Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var topic = await topics.Of(after.Topic, cancellationToken).ConfigureAwait(false);
        var signal = new AsyncSignal();
        using var subscription = wakeups.Subscribe([Wakeups.Topic(topic)], signal);
        Check(log, after, await EndOf(after.Topic, cancellationToken).ConfigureAwait(false));
        var (cursor, told, first, hasCaughtUp) = (after, Stopwatch.GetTimestamp(), 0, false);
        while (true)
        {
            var lanes = Lanes(topic, cursor, first++);
            var records = await LaneReader.Read(source, lanes, PageRecords, PageBytes, cancellationToken).ConfigureAwait(false);
            if (records.Count > 0)
            {
                yield return new(records, cursor = Past(cursor, records));
                told = Stopwatch.GetTimestamp();
                continue;
            }

            if (!hasCaughtUp || Stopwatch.GetElapsedTime(told) >= Progress)
            {
                Check(log, cursor, await EndOf(cursor.Topic, cancellationToken).ConfigureAwait(false));
                yield return new([], cursor);
                (told, hasCaughtUp) = (Stopwatch.GetTimestamp(), true);
            }

            await signal.Wait(Poll, cancellationToken).ConfigureAwait(false);
        }
    }

    internal async Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken)
    {
        var records = new LoggedRecord?[positions.Count];
        for (var from = 0; from < records.Length; from += PageRecords)
        {
            var to = Math.Min(from + PageRecords, records.Length);
            await ReadAt(positions, records, from, to, cancellationToken).ConfigureAwait(false);
        }

        return records;
    }

    internal async Task<Cursor> EndOf(string topic, CancellationToken cancellationToken)
    {
        var id = await topics.Of(topic, cancellationToken).ConfigureAwait(false);
        var ends = await Query.Rows(
            source, Sql.Ends, parameters => parameters.With(id), row => (Log: row.GetGuid(0), Next: row.GetInt64(1)), cancellationToken).ConfigureAwait(false);
        return ends is [var (log, _), ..]
            ? new(log.ToString(), topic, [.. ends.Select(end => end.Next)])
            : throw new LogException($"The log has no topic {topic} any more: it was dropped or created anew; restart this host.");
    }

    private static void Check(LogDescription log, Cursor cursor, Cursor end)
    {
        if (cursor.Log != log.Identity || end.Log != log.Identity)
        {
            throw new CursorException(CursorException.OtherLog, $"The cursor is of the log {cursor.Log}; this is {end.Log}.");
        }

        if (cursor.Next.IsDefault || cursor.Next.Length != log.Partitions || cursor.Next.Any(next => next < 0))
        {
            throw new CursorException(CursorException.Malformed, $"The cursor does not name the {log.Partitions} partitions of {cursor.Topic}.");
        }

        if (!end.Covers(cursor)) throw new CursorException(CursorException.BeyondEnd, $"The cursor is past the end of {cursor.Topic}: the log lost its tail.");
    }

    /// <summary>The partitions in turn, beginning with another each time, so that a full one does not starve the others.</summary>
    private static List<ReadLane> Lanes(short topic, Cursor cursor, int first)
    {
        var lanes = new List<ReadLane>(cursor.Next.Length);
        for (var i = 0; i < cursor.Next.Length; i++)
        {
            var partition = (int)((uint)(first + i) % (uint)cursor.Next.Length);
            lanes.Add(new(topic, new(cursor.Topic, partition), cursor.Next[partition]));
        }

        return lanes;
    }

    private static Cursor Past(Cursor cursor, List<LoggedRecord> records)
    {
        var next = cursor.Next.ToArray();
        foreach (var record in records) next[record.Position.Partition] = record.Position.Offset + 1;
        return cursor with { Next = ImmutableCollectionsMarshal.AsImmutableArray(next) };
    }

    private async Task ReadAt(IReadOnlyList<Position> positions, LoggedRecord?[] records, int from, int to, CancellationToken cancellationToken)
    {
        var asked = positions.Skip(from).Take(to - from).ToList();
        await Query.Rows(source, Sql.ReadAt, Bind, Row, cancellationToken).ConfigureAwait(false);

        void Bind(NpgsqlParameterCollection parameters) => parameters
            .With(asked.Select(position => position.Topic).ToArray())
            .With(asked.Select(position => position.Partition).ToArray())
            .With(asked.Select(position => position.Offset).ToArray());

        LoggedRecord Row(NpgsqlDataReader reader)
        {
            var index = from + (int)reader.GetInt64(0) - 1;
            return records[index] = new(positions[index], PackedRow.Of(reader).RecordAt(positions[index].Offset));
        }
    }
}
