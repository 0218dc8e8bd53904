using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Finds the transactions that hold partitions up and that nobody will end, and has them ended (<see cref="Heir"/>): the brokers would end what a dead member left
/// only after a time, and until then nobody reads past it. Each of their records names its author. One that the group does not list any more is dead. What a member
/// has open that is listed is its own affair, until the brokers must have ended it: then they forgot it, and its author, which went on after it, joins anew.
/// </summary>
internal sealed partial class DeadTransactions(LogParts parts, LogDescription log, LogGroup group)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>The time of a transaction, and how often the brokers look whose is over (<c>transaction.abort.timed.out.transaction.cleanup.interval.ms</c>).</summary>
    private static readonly TimeSpan Longest = KafkaSettings.TransactionTimeout + TimeSpan.FromSeconds(15);

    private readonly Heir heir = new(parts, group);

    /// <summary>Since when transactions of the group are seen to stand.</summary>
    private Dictionary<OpenTransaction, long> standing = [];

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
                    await heir.End(dead.Key, tried == 0 ? [] : [.. dead], stop).ConfigureAwait(false);
                    any = true;
                }
                else if (tried == 2) LogStillOpen(parts.Logger, dead.Key, group.Name, string.Join(", ", dead.Select(left => left.Partition)));
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
    private async Task<IReadOnlyCollection<OpenTransaction>> Dead(CancellationToken stop)
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
        var gaps = await Task.WhenAll(parts.Topics.Known.Select(topic => Open(topic, stop))).ConfigureAwait(false);
        return [.. gaps.SelectMany(gap => gap)];
    }

    private async Task<IEnumerable<Gap>> Open(string topic, CancellationToken stop)
    {
        // In this order: what is appended between the two questions is not open.
        var ends = await parts.Admin.Ends(topic, log.Partitions, IsolationLevel.ReadUncommitted, stop).ConfigureAwait(false);
        var stable = await parts.Admin.Ends(topic, log.Partitions, IsolationLevel.ReadCommitted, stop).ConfigureAwait(false);
        return Enumerable.Range(0, log.Partitions).Where(n => stable[n] < ends[n]).Select(n => new Gap(new(topic, n), stable[n]));
    }

    /// <summary>Who wrote what holds up each partition: what stands at the last stable offset is of the oldest transaction that is open.</summary>
    private List<OpenTransaction> WhoLeft(IReadOnlyCollection<Gap> gaps, CancellationToken stop)
    {
        var left = new List<OpenTransaction>();
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
            left.Add(new(gap.Partition, gap.Stable, Encoding.UTF8.GetString(author), result.Message.Headers.TryGetLastBytes(WireRecord.PositionHeader, out var position) ? TransactionPosition.Read(position) : null));
        }

        return left;
    }

    private readonly record struct Gap(Wire.TopicPartition Partition, long Stable);

    [LoggerMessage(12, LogLevel.Warning, "A transaction of {Author} is still open in the group {Group} on {Partitions}, though it was fenced: nobody reads past it")]
    private static partial void LogStillOpen(ILogger logger, string author, string group, string partitions);

    [LoggerMessage(14, LogLevel.Warning, "Whether transactions hold up the group {Group} cannot be told for now: {Message}")]
    private static partial void LogNotEnded(ILogger logger, string group, string message);
}
