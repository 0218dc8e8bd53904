using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cmdr.Projections;

/// <summary>
/// The consumer of both topics. Which records are projected is decided by the stored positions alone, so that it does not matter who believes to own a
/// partition: a slice is written from where the positions are, or not at all.
/// </summary>
internal sealed partial class Feed(ILog log, SliceTransaction transaction, Positions positions, Progress progress, ILogger<Feed> logger) : ILogConsumer
{
    private readonly Dictionary<TopicPartition, long> delivered = []; // where the log's next slice begins
    private readonly Dictionary<TopicPartition, long> stored = []; // where the position is, as far as this host knows
    private readonly FeedState state = progress.Feed;

    public async ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        var found = await positions.Read(cancellationToken);
        foreach (var partition in partitions)
        {
            delivered[partition.Partition] = stored[partition.Partition] = found.NextOf(partition.Partition);
            state.Released(partition.Partition);
        }

        progress.Advance(found);
        return partitions.ToDictionary(owned => owned.Partition, owned => stored[owned.Partition]);
    }

    public async ValueTask Consume(Slice slice, CancellationToken cancellationToken)
    {
        try
        {
            if (state.Failure is not null) await Reread(slice, cancellationToken);
            await Project(slice, cancellationToken);
            state.Worked();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            state.Failed(e);
            LogFailed(e);
            throw;
        }
    }

    public ValueTask Committed(Slice slice, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask Aborted(Slice slice, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => Forget(partitions);

    public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => Forget(partitions);

    private async Task Project(Slice slice, CancellationToken cancellationToken)
    {
        foreach (var behind in slice.Positions.Keys.Where(partition => stored[partition] < delivered[partition]).ToList())
        {
            LogCatchingUp(behind, stored[behind], delivered[behind]);
            await CatchUp(behind, cancellationToken);
        }

        await Write(slice, cancellationToken);
        foreach (var (partition, next) in slice.Positions) delivered[partition] = next;
    }

    /// <summary>Writes a slice; where a view throws the partition is held at that event, and all else is written.</summary>
    private async Task Write(Slice slice, CancellationToken cancellationToken)
    {
        var partitions = (await log.Describe(cancellationToken)).Partitions;
        while (true)
        {
            List<Move> moves = [.. slice.Positions.Where(position => position.Value > stored[position.Key])
                .Select(position => new Move(position.Key, stored[position.Key], position.Value)).OrderBy(move => move.Partition)];
            if (moves.Count == 0) return;
            var reading = new SliceReading(slice.Records.Where(logged => IsBetween(moves, logged.Position)), partitions);
            try
            {
                await Write(moves, reading, cancellationToken);
                return;
            }
            catch (ViewException e)
            {
                LogHeld(e);
                state.Held(e);
                slice.HoldAt(e.Position.TopicPartition, e.Position.Offset);
            }
        }
    }

    private async Task Write(List<Move> moves, SliceReading reading, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        using var activity = ProjectionsTelemetry.Project(reading);
        var reached = await transaction.Write(moves, reading, new SliceEvents(logger), cancellationToken);
        foreach (var move in moves) stored[move.Partition] = move.To;
        foreach (var (logged, fault) in reading.Strays) LogStray(logged.Position, fault);
        ProjectionsTelemetry.Projected(reading, Stopwatch.GetElapsedTime(began));
        progress.Moved(reached);
    }

    private static bool IsBetween(List<Move> moves, Position position)
    {
        var move = moves.Find(move => move.Partition == position.TopicPartition);
        return move.Partition.Topic is not null && position.Offset >= move.From && position.Offset < move.To;
    }

    /// <summary>Brings a position that went back, since the tables were built again or PostgreSQL lost its last commits, to where the log's slices begin.</summary>
    private async Task CatchUp(TopicPartition partition, CancellationToken cancellationToken)
    {
        var end = await log.EndOf(partition.Topic, cancellationToken);
        var cursor = end with { Next = end.Next.SetItem(partition.Partition, stored[partition]) };
        await foreach (var page in log.Read(cursor, cancellationToken))
        {
            var until = Math.Min(page.Cursor.Next[partition.Partition], delivered[partition]);
            List<LoggedRecord> records = [.. page.Records.Where(logged => logged.Position.TopicPartition == partition)];
            var slice = new Slice(records, new Dictionary<TopicPartition, long> { [partition] = until }, []);
            await Write(slice, cancellationToken);
            if (slice.Held.Count > 0) throw new InvalidOperationException($"{partition} cannot be caught up while a view throws; start the host again.");
            if (until == delivered[partition]) return;
        }
    }

    /// <summary>After a failure it is unknown what was committed.</summary>
    private async Task Reread(Slice slice, CancellationToken cancellationToken)
    {
        var found = await positions.Read(cancellationToken);
        foreach (var partition in slice.Positions.Keys) stored[partition] = found.NextOf(partition);
        progress.Advance(found);
    }

    private ValueTask Forget(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            delivered.Remove(partition);
            stored.Remove(partition);
            state.Released(partition);
        }

        if (stored.Count == 0) state.Worked(); // what failed is another host's now
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A slice could not be projected and will be tried again.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The partition stops here until the host is started with a view that takes the event; nothing is lost.")]
    private partial void LogHeld(ViewException exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Partition} is projected up to {Stored} only, though this host is at {Delivered}: it is caught up from the log.")]
    private partial void LogCatchingUp(TopicPartition partition, long stored, long delivered);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The record at {Position} is set aside in the table of strays: {Fault}.")]
    private partial void LogStray(Position position, string fault);
}
