using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Ends the transactions that a dead member of the group left open: the brokers would end them only after a time, and until then nobody reads past them. Each of
/// their records names its author; one that the group does not list any more is fenced by opening its transactional id anew.
/// </summary>
/// <remarks>Source: KIP-98, "Exactly Once Delivery and Transactional Messaging", on the initialisation of a transactional id.</remarks>
internal sealed partial class DeadTransactions(LogParts parts, LogDescription log, LogGroup group)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Fencing = TimeSpan.FromSeconds(10);

    /// <summary>Waits a moment for open transactions to end by themselves, and ends those whose author is gone.</summary>
    internal async ValueTask End(CancellationToken stop)
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        List<Gap> open;
        do
        {
            open = await Open(stop).ConfigureAwait(false);
            if (open.Count == 0) return;
            await Task.Delay(Look, stop).ConfigureAwait(false);
        }
        while (System.Diagnostics.Stopwatch.GetElapsedTime(began) < Patience);

        var authors = await Task.Factory.StartNew(() => Authors(open, stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        var members = await parts.Admin.Members(group.Name, stop).ConfigureAwait(false);
        foreach (var author in authors.Where(author => MemberId.Parse(author)?.Group == group.Name).Except(members)) await Fence(author, stop).ConfigureAwait(false);
    }

    /// <summary>The partitions that are not readable up to their end.</summary>
    private async Task<List<Gap>> Open(CancellationToken stop)
    {
        var gaps = new List<Gap>();
        foreach (var topic in parts.Topics.Known)
        {
            var stable = await parts.Admin.Ends(topic, log.Partitions, IsolationLevel.ReadCommitted, stop).ConfigureAwait(false);
            var ends = await parts.Admin.Ends(topic, log.Partitions, IsolationLevel.ReadUncommitted, stop).ConfigureAwait(false);
            gaps.AddRange(Enumerable.Range(0, log.Partitions).Where(n => stable[n] < ends[n]).Select(n => new Gap(new(topic, n), stable[n])));
        }

        return gaps;
    }

    /// <summary>Who wrote what holds up each partition: what stands at the last stable offset is of the oldest transaction that is open.</summary>
    private HashSet<string> Authors(List<Gap> gaps, CancellationToken stop)
    {
        var authors = new HashSet<string>(StringComparer.Ordinal);
        using var consumer = parts.Clients.Consumer(parts.Clients.Settings.Reading(IsolationLevel.ReadUncommitted)).Build();
        consumer.Assign(gaps.Select(gap => new TopicPartitionOffset(gap.Partition, gap.Stable)));
        var unread = gaps.Select(gap => gap.Partition).ToHashSet();
        for (var began = System.Diagnostics.Stopwatch.GetTimestamp(); unread.Count > 0 && System.Diagnostics.Stopwatch.GetElapsedTime(began) < Reading;)
        {
            stop.ThrowIfCancellationRequested();
            if (consumer.Consume(Look) is not { } result || !unread.Remove(result.TopicPartition)) continue;
            consumer.IncrementalUnassign([result.TopicPartition]);
            if (!result.IsPartitionEOF && result.Message.Headers.TryGetLastBytes(WireRecord.TransactionHeader, out var author)) authors.Add(Encoding.UTF8.GetString(author));
        }

        return authors;
    }

    private async Task Fence(string author, CancellationToken stop)
    {
        await Task.Factory.StartNew(
            () =>
            {
                using var heir = parts.Clients.Producer(parts.Clients.Settings.Transactions(author));
                heir.InitTransactions(Fencing);
            }, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        LogEnded(parts.Logger, author, group.Name);
    }

    private readonly record struct Gap(Wire.TopicPartition Partition, long Stable);

    [LoggerMessage(8, LogLevel.Information, "Ended the transaction that {Author} left open, whom the group {Group} does not list any more")]
    private static partial void LogEnded(ILogger logger, string author, string group);
}
