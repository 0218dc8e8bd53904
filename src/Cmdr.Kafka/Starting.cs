using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>
/// Lets a member's consumer begin what was assigned: the group's stable position is read, transactions that a dead member left open are ended, and the consumer
/// says where it begins, again and again until it can. All of it before the library begins to fetch: a place that is sought afterwards may be overtaken by one
/// that the library itself was still asking for.
/// </summary>
internal sealed partial class Starting(LogParts parts, LogDescription log, LogGroup group, MemberId id, ILogConsumer handler, CancellationToken stop)
{
    /// <summary>A position that is part of an open transaction is told only when that has ended.</summary>
    private static readonly TimeSpan Stable = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DeadTransactions dead = new(parts, log, group);
    private readonly Backoff backoff = new();
    private Exception? cause;
    private bool isAmongItsLike;

    /// <summary>Returns when the partitions are started, or the member is to leave.</summary>
    /// <exception cref="CursorException">The consumer begins past the end: the log lost its tail.</exception>
    /// <exception cref="InvalidOperationException">The group has members of another kind.</exception>
    internal void Start(IConsumer<byte[], byte[]> consumer, IReadOnlyList<OwnedPartition> starting)
    {
        if (!isAmongItsLike) Blocking.Wait(Compare());
        for (var began = Stopwatch.GetTimestamp(); starting.Count > 0 && !stop.IsCancellationRequested && !TryStart(consumer, starting);)
        {
            // Until then the group waits for this member, and what it has beside these stands still.
            if (Stopwatch.GetElapsedTime(began) > Patience) throw new LogException($"The group {group.Name} could not start its partitions for {Patience.TotalSeconds} s; the member joins anew: {cause?.Message}", cause);
            stop.WaitHandle.WaitOne(backoff.Next());
        }

        backoff.Reset();
    }

    private bool TryStart(IConsumer<byte[], byte[]> consumer, IReadOnlyList<OwnedPartition> starting)
    {
        IReadOnlyDictionary<TopicPartition, long> starts;
        Dictionary<string, Cursor> ends;
        try
        {
            ends = Blocking.Wait(Prepare());
            if (group.Keeping != PositionKeeping.ByConsumer && !TryRead(consumer, starting)) return false;
            starts = Blocking.Wait(Assign(starting));
            foreach (var partition in starting) partition.IsTold = true;
            // A position that is kept elsewhere may have moved on since the ends were told.
            if (starts.Any(start => !IsWithin(start.Key, start.Value, ends))) ends = Blocking.Wait(Ends());
        }
        catch (Exception exception) when (exception is not CursorException)
        {
            cause = exception;
            // Whatever fails here is tried again: a consumer that cannot take over now may be able to later, and nobody else has the partitions.
            if (!stop.IsCancellationRequested && !backoff.IsBackingOff) LogNotStarted(parts.Logger, group.Name, exception.Message);
            return false;
        }

        foreach (var (partition, start) in starts) Check(partition, start, ends);
        foreach (var partition in starting)
        {
            var next = starts.TryGetValue(partition.Partition, out var start) ? start : partition.GroupPosition ?? 0;
            partition.Start(next, isAtEnd: next >= EndOf(partition.Partition, ends));
        }

        return true;
    }

    /// <summary>All that can be asked at once: whether the log is still the same, and its ends; and what a dead member left open is ended.</summary>
    private async ValueTask<Dictionary<string, Cursor>> Prepare()
    {
        var identity = parts.Topics.Identity(stop);
        var ending = group.Keeping == PositionKeeping.WithOutputs ? dead.End(stop).AsTask() : Task.CompletedTask;
        var ends = Ends().AsTask();
        // Of topics that were created anew the other questions may fail, and say less.
        await Task.WhenAll(identity, ending, ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (await identity.ConfigureAwait(false) != log.Identity) throw new CursorException(CursorException.OtherLog, "The log's topics were created anew under this host; restart it.");
        await ending.ConfigureAwait(false);
        return await ends.ConfigureAwait(false);
    }

    /// <summary>Tells the consumer. It may read to the end of what its group wrote, and must not wait for a transaction that nobody ends.</summary>
    private async ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assign(IReadOnlyList<OwnedPartition> starting)
    {
        if (group.Keeping != PositionKeeping.WithOutputs) return await handler.Assigned(starting, stop).ConfigureAwait(false);
        using var told = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var ending = dead.EndUntil(told.Token);
        try
        {
            return await handler.Assigned(starting, stop).ConfigureAwait(false);
        }
        finally
        {
            await told.CancelAsync().ConfigureAwait(false);
            await ending.ConfigureAwait(false);
        }
    }

    /// <summary>Reads the group's positions; false while they are not stable.</summary>
    private bool TryRead(IConsumer<byte[], byte[]> consumer, IReadOnlyList<OwnedPartition> starting)
    {
        try
        {
            var committed = consumer.Committed(starting.Select(partition => WireRecord.Partition(partition.Partition)), Stable);
            var positions = committed.ToDictionary(position => WireRecord.Partition(position.TopicPartition), position => position.Offset);
            foreach (var partition in starting) partition.GroupPosition = positions[partition.Partition] is { IsSpecial: false } offset ? offset.Value : null;
            return true;
        }
        catch (KafkaException exception) when (KafkaFault.MayPass(exception.Error))
        {
            cause = exception;
            return false;
        }
    }

    private async ValueTask<Dictionary<string, Cursor>> Ends()
    {
        var ends = new Dictionary<string, Cursor>();
        foreach (var topic in group.Topics) ends[topic] = await parts.Reader.EndOf(log, topic, stop).ConfigureAwait(false);
        return ends;
    }

    /// <summary>Of a beginning past the end the library would only say that there is nothing.</summary>
    private static void Check(TopicPartition partition, long start, Dictionary<string, Cursor> ends)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        if (!IsWithin(partition, start, ends)) throw new CursorException(CursorException.BeyondEnd, $"Offset {start} is past the end of {partition}: the log lost its tail.");
    }

    private static bool IsWithin(TopicPartition partition, long start, Dictionary<string, Cursor> ends) => start <= EndOf(partition, ends);

    private static long EndOf(TopicPartition partition, Dictionary<string, Cursor> ends) => ends[partition.Topic].Next[partition.Partition];

    /// <summary>Refuses to be one of a group whose other members consume something else, or keep its position in another way.</summary>
    private async ValueTask Compare()
    {
        var members = await parts.Admin.Members(group.Name, stop).ConfigureAwait(false);
        if (members.Select(MemberId.Parse).Any(member => member is not null && member.Kind != id.Kind))
        {
            throw new InvalidOperationException($"The group {group.Name} has members with other topics or another way to keep its position.");
        }

        isAmongItsLike = true;
    }

    [LoggerMessage(7, LogLevel.Warning, "Partitions of the group {Group} could not be started, which is tried until they are: {Message}")]
    private static partial void LogNotStarted(ILogger logger, string group, string message);
}
