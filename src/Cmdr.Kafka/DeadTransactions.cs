using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Ends the transactions that a dead member of the group left open: the brokers would end them only after a time, and until then nobody reads past them. Each of
/// their records names its author; one that the group does not list any more is fenced by opening its transactional id anew. Where that ends nothing, the brokers
/// have forgotten what they had decided, and it is ended as the group's positions say: as committed where they have moved with it, else as aborted, so that who
/// takes over consumes again. What a member has open that is listed is its own affair, until the brokers must have ended it: then it was forgotten too, and its
/// author, which went on after it, is fenced and joins anew.
/// </summary>
/// <remarks>
/// Source: KIP-98, "Exactly Once Delivery and Transactional Messaging", on the initialisation of a transactional id. That a lone broker forgets was seen with
/// 4.3.1, killed between the decision and the markers.
/// </remarks>
internal sealed partial class DeadTransactions(LogParts parts, LogDescription log, LogGroup group)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Fencing = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>The time of a transaction, and how often the brokers look whose is over (<c>transaction.abort.timed.out.transaction.cleanup.interval.ms</c>).</summary>
    private static readonly TimeSpan Longest = KafkaSettings.TransactionTimeout + TimeSpan.FromSeconds(15);

    /// <summary>Since when transactions of the group are seen to stand.</summary>
    private Dictionary<Left, long> standing = [];

    /// <summary>Ends those whose author is gone, one after another: behind one there may be another's.</summary>
    /// <exception cref="LogException">It cannot be told whose they are.</exception>
    internal async ValueTask End(CancellationToken stop)
    {
        var tries = new Dictionary<string, int>(StringComparer.Ordinal);
        while (true)
        {
            var any = false;
            foreach (var dead in (await Dead(stop).ConfigureAwait(false)).GroupBy(left => left.Author))
            {
                var tried = tries.GetValueOrDefault(dead.Key);
                tries[dead.Key] = tried + 1;
                if (tried < 2)
                {
                    await Fence(dead.Key, tried == 0 ? [] : [.. dead], stop).ConfigureAwait(false);
                    any = true;
                }
                else if (tried == 2) LogStillOpen(parts.Logger, dead.Key, group.Name, string.Join(", ", dead.Select(left => left.Gap.Partition)));
            }

            if (!any) return;
        }
    }

    /// <summary>Looks again and again until it is not to any more.</summary>
    internal async Task EndUntil(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Again, enough).ConfigureAwait(false);
                await End(enough).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (enough.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is LogException or KafkaException)
            {
                LogNotEnded(parts.Logger, group.Name, exception.Message);
            }
        }
    }

    /// <summary>The transactions that hold partitions up and that nobody will end: of authors whom the group does not list any more, or which stand for too long.</summary>
    private async Task<IReadOnlyCollection<Left>> Dead(CancellationToken stop)
    {
        var heldUp = await HeldUp(stop).ConfigureAwait(false);
        var left = heldUp.Count == 0 ? [] : await Task.Factory.StartNew(() => WhoLeft(heldUp, stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        standing = left.Where(one => MemberId.Parse(one.Author)?.Group == group.Name).ToDictionary(one => one, one => standing.GetValueOrDefault(one, Stopwatch.GetTimestamp()));
        if (standing.Count == 0) return [];
        var members = await parts.Admin.Members(group.Name, stop).ConfigureAwait(false);
        return [.. standing.Where(one => !members.Contains(one.Key.Author) || Stopwatch.GetElapsedTime(one.Value) > Longest).Select(one => one.Key)];
    }

    /// <summary>The partitions that stand still for a moment, though they are not readable up to their end.</summary>
    private async Task<IReadOnlyCollection<Gap>> HeldUp(CancellationToken stop)
    {
        var heldUp = await Open(stop).ConfigureAwait(false);
        for (var began = Stopwatch.GetTimestamp(); heldUp.Count > 0 && Stopwatch.GetElapsedTime(began) < Patience;)
        {
            await Task.Delay(Look, stop).ConfigureAwait(false);
            heldUp.IntersectWith(await Open(stop).ConfigureAwait(false));
        }

        return heldUp;
    }

    /// <summary>The partitions that are not readable up to their end.</summary>
    private async Task<HashSet<Gap>> Open(CancellationToken stop)
    {
        var gaps = new HashSet<Gap>();
        foreach (var topic in parts.Topics.Known)
        {
            // In this order: what is appended between the two questions is not open.
            var ends = await parts.Admin.Ends(topic, log.Partitions, IsolationLevel.ReadUncommitted, stop).ConfigureAwait(false);
            var stable = await parts.Admin.Ends(topic, log.Partitions, IsolationLevel.ReadCommitted, stop).ConfigureAwait(false);
            gaps.UnionWith(Enumerable.Range(0, log.Partitions).Where(n => stable[n] < ends[n]).Select(n => new Gap(new(topic, n), stable[n])));
        }

        return gaps;
    }

    /// <summary>Who wrote what holds up each partition: what stands at the last stable offset is of the oldest transaction that is open.</summary>
    private List<Left> WhoLeft(IReadOnlyCollection<Gap> gaps, CancellationToken stop)
    {
        var left = new List<Left>();
        using var consumer = parts.Clients.Consumer(parts.Clients.Settings.Reading(IsolationLevel.ReadUncommitted)).Build();
        consumer.Assign(gaps.Select(gap => new TopicPartitionOffset(gap.Partition, gap.Stable)));
        var unread = gaps.ToDictionary(gap => gap.Partition);
        for (var began = Stopwatch.GetTimestamp(); unread.Count > 0;)
        {
            stop.ThrowIfCancellationRequested();
            // Who were taken to be nobody's would be waited for without an end.
            if (Stopwatch.GetElapsedTime(began) > Reading) throw new LogException($"The brokers did not say within {Reading.TotalSeconds} s whose transactions hold up {string.Join(", ", unread.Keys)}.");
            if (consumer.Consume(Look) is not { } result || !unread.Remove(result.TopicPartition, out var gap)) continue;
            consumer.IncrementalUnassign([result.TopicPartition]);
            if (result.IsPartitionEOF || !result.Message.Headers.TryGetLastBytes(WireRecord.TransactionHeader, out var author)) continue;
            left.Add(new(gap, Encoding.UTF8.GetString(author), result.Message.Headers.TryGetLastBytes(WireRecord.PositionHeader, out var position) ? Encoding.UTF8.GetString(position) : null));
        }

        return left;
    }

    private async Task Fence(string author, IReadOnlyCollection<Left> forgotten, CancellationToken stop)
    {
        await Task.Factory.StartNew(
            () =>
            {
                using var heir = parts.Clients.Producer(parts.Clients.Settings.Transactions(author));
                heir.InitTransactions(Fencing);
                LogFenced(parts.Logger, author, group.Name);
                if (forgotten.Count > 0) EndAnew(heir, author, forgotten);
            }, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <summary>Transactions on the same partitions, whose ends end what was forgotten too. Those that are aborted go first, and the group's positions with them.</summary>
    private void EndAnew(IProducer<byte[], byte[]> heir, string author, IReadOnlyCollection<Left> forgotten)
    {
        using var nobody = parts.Clients.Consumer(new ConsumerConfig(parts.Clients.Settings.Reading(IsolationLevel.ReadUncommitted)) { GroupId = group.Name }).Build();
        foreach (var alike in forgotten.ToLookup(left => IsCommitted(nobody, left)).OrderBy(alike => alike.Key))
        {
            heir.BeginTransaction();
            foreach (var left in alike) heir.Produce(left.Gap.Partition, WireRecord.End(Encoding.UTF8.GetBytes(author)));
            heir.Flush(Fencing);
            if (alike.Key)
            {
                heir.CommitTransaction(Fencing);
            }
            else
            {
                heir.SendOffsetsToTransaction([new(Topics.Parked, 0, 0)], nobody.ConsumerGroupMetadata, Fencing);
                heir.AbortTransaction(Fencing);
            }

            LogEnded(parts.Logger, author, alike.Key ? "committed" : "aborted", string.Join(", ", alike.Select(left => left.Gap.Partition)));
        }
    }

    /// <summary>True when the group stands where it stands only if the transaction was committed: what is pending is not looked at.</summary>
    private static bool IsCommitted(IConsumer<byte[], byte[]> nobody, Left left)
    {
        if (left.Position is null) return false;
        var position = TransactionPosition.Read(left.Position);
        return nobody.Committed([position.TopicPartition], Fencing)[0].Offset.Value >= position.Offset.Value;
    }

    private readonly record struct Gap(Wire.TopicPartition Partition, long Stable);

    /// <param name="Gap">Where it holds up whom.</param>
    /// <param name="Author">Whose it is.</param>
    /// <param name="Position">Where the group stands once it is committed; null where its record does not say.</param>
    private readonly record struct Left(Gap Gap, string Author, string? Position);

    [LoggerMessage(8, LogLevel.Information, "Fenced {Author}, to end the transaction that it left open in the group {Group}")]
    private static partial void LogFenced(ILogger logger, string author, string group);

    [LoggerMessage(12, LogLevel.Warning, "A transaction of {Author} is still open in the group {Group} on {Partitions}, though it was fenced: nobody reads past it")]
    private static partial void LogStillOpen(ILogger logger, string author, string group, string partitions);

    [LoggerMessage(13, LogLevel.Warning, "The brokers had forgotten the transaction of {Author} on {Partitions}; it is {Ended} now")]
    private static partial void LogEnded(ILogger logger, string author, string ended, string partitions);

    [LoggerMessage(14, LogLevel.Warning, "Whether transactions hold up the group {Group} cannot be told for now: {Message}")]
    private static partial void LogNotEnded(ILogger logger, string group, string message);
}
