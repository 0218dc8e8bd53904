using System.Data;
using Marten;
using Marten.Services;
using Npgsql;
using NpgsqlTypes;

namespace Cmdr.Projections;

/// <summary>A move of one partition's position.</summary>
/// <param name="Partition">Which.</param>
/// <param name="From">Where the position must be stored now.</param>
/// <param name="To">Where it goes.</param>
internal readonly record struct Move(TopicPartition Partition, long From, long To);

/// <summary>Writes what is between two positions, and moves the positions, in one transaction: all of it or nothing.</summary>
internal sealed class SliceTransaction(IDocumentStore store, NpgsqlDataSource source, ViewFeeds views, SubjectStreams streams)
{
    /// <summary>Writes what was read between the positions, and gives where they are now.</summary>
    /// <exception cref="PositionConflictException">A position is stored elsewhere than the move says: nothing was written.</exception>
    /// <exception cref="ViewException">A view threw: nothing was written.</exception>
    internal async Task<StoredPositions> Write(IReadOnlyList<Move> moves, SliceReading reading, SliceEvents events, CancellationToken cancellationToken)
    {
        var touched = Touch(reading, events);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // Read committed: what is read after a lock is what the one before has committed.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        var (generation, versions) = await Begin(connection, moves, reading, touched, cancellationToken);
        var outside = streams.OutOfSequence(reading.Happenings, versions);
        await using var session = store.LightweightSession(SessionOptions.ForTransaction(transaction));
        await Evolve(session, touched, message => !outside.Contains(message.Position), cancellationToken);
        SubjectStreams.Append(session, reading.Happenings
            .Where(message => SubjectStreams.IsStreamed(message.Envelope) && !outside.Contains(message.Position))
            .Select(message => (message, streams.Keeps(message.Envelope.Type) is { } type ? events.Decode(message, type, out _) : null)));
        await HistoryWriter.Write(connection, reading, cancellationToken);
        await session.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new(generation, moves.ToDictionary(move => move.Partition, move => new Reached(move.To, reading.CommandOffsetOf(move.Partition))));
    }

    private List<IViewSlice> Touch(SliceReading reading, SliceEvents events) =>
        [.. views.All.Select(view => Touch(view.View, view.Feed, reading, events))];

    private static IViewSlice Touch(ViewType view, IViewFeed feed, SliceReading reading, SliceEvents events)
    {
        var touched = feed.Begin();
        foreach (var message in reading.Happenings)
        {
            if (feed.Reads(message.Envelope.Type) is not { } type) continue;
            if (events.Decode(message, type, out var fault) is { } e) touched.Add(message, e);
            else if (SubjectStreams.IsOwn(message.Envelope)) throw new ViewException(view, message.Position, fault!); // nothing decoded means a fault
        }

        return touched;
    }

    /// <summary>In one round trip: takes and moves the positions, waits for others at the documents, and reads the versions of the streams.</summary>
    private static async Task<(long Generation, Dictionary<string, long> Versions)> Begin(
        NpgsqlConnection connection, IReadOnlyList<Move> moves, SliceReading reading, List<IViewSlice> views, CancellationToken cancellationToken)
    {
        var locks = new ViewLocks();
        foreach (var view in views) view.Lock(locks);
        var (keys, shared) = locks.InOrder();
        string[] topics = [.. moves.Select(move => move.Partition.Topic)];
        int[] partitions = [.. moves.Select(move => move.Partition.Partition)];
        string[] owned = [.. reading.Happenings.Where(message => SubjectStreams.IsOwn(message.Envelope)).Select(message => message.Envelope.Subject.ToString()).Distinct()];
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(Sql.Patience));
        batch.BatchCommands.Add(new(Sql.LockPositions) { Parameters = { new() { Value = topics }, new() { Value = partitions } } });
        batch.BatchCommands.Add(new(Sql.MovePositions)
        {
            Parameters =
            {
                new() { Value = topics }, new() { Value = partitions }, new() { Value = moves.Select(move => move.From).ToArray() },
                new() { Value = moves.Select(move => move.To).ToArray() }, new() { Value = moves.Select(move => reading.CommandOffsetOf(move.Partition)).ToArray() },
            },
        });
        batch.BatchCommands.Add(new(Sql.StreamVersions) { Parameters = { new() { Value = owned, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar } } });
        if (keys.Length > 0) batch.BatchCommands.Add(new(Sql.LockViews) { Parameters = { new() { Value = keys }, new() { Value = shared } } });

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var generation = await Check(reader, moves, cancellationToken);
        var versions = new Dictionary<string, long>(owned.Length);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) versions.Add(reader.GetString(0), reader.GetInt64(1));
        while (await reader.NextResultAsync(cancellationToken)) { }
        return (generation, versions);
    }

    private static async Task<long> Check(NpgsqlDataReader reader, IReadOnlyList<Move> moves, CancellationToken cancellationToken)
    {
        var (generation, found) = (0L, new Dictionary<TopicPartition, long>());
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new(reader.GetString(0), reader.GetInt32(1)), reader.GetInt64(2));
            generation = reader.GetInt64(3);
        }

        foreach (var move in moves)
        {
            if (found.GetValueOrDefault(move.Partition, -1) is var at && at != move.From) throw new PositionConflictException(move, at);
        }

        return generation;
    }

    private static async Task Evolve(IDocumentSession session, List<IViewSlice> views, Predicate<HistoryRecord> folds, CancellationToken cancellationToken)
    {
        if (views.Count == 0) return;
        var query = session.CreateBatchQuery();
        foreach (var view in views) view.Load(query);
        await query.Execute(cancellationToken);
        foreach (var view in views) await view.Store(session, folds);
    }
}

/// <summary>A position is not stored where this consumer left it: another host moved it, or the tables were built again.</summary>
internal sealed class PositionConflictException(Move move, long found)
    : Exception($"{move.Partition} is projected up to {found}, not up to {move.From} as this host believes.")
{
}
