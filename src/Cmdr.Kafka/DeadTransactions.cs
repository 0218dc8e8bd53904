using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Ends the transactions that a dead member of the group left open: the brokers would end them only after a time, and until then nobody reads past them. Each of
/// their records names its author; one that the group does not list any more is fenced by opening its transactional id anew. Where that ends nothing, the brokers
/// have forgotten what they had decided, and it is ended as aborted: who takes over finds neither its records nor its positions, and consumes again.
/// </summary>
/// <remarks>
/// Source: KIP-98, "Exactly Once Delivery and Transactional Messaging", on the initialisation of a transactional id. That a lone broker forgets was seen with
/// 4.3.1, killed between the decision and the markers.
/// </remarks>
internal sealed partial class DeadTransactions(LogParts parts, LogDescription log, LogGroup group)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Fencing = TimeSpan.FromSeconds(10);

    /// <summary>Ends those whose author is gone, one after another: behind one there may be another's.</summary>
    internal async ValueTask End(CancellationToken stop)
    {
        var tries = new Dictionary<string, int>(StringComparer.Ordinal);
        while (true)
        {
            var any = false;
            foreach (var dead in (await Dead(stop).ConfigureAwait(false)).GroupBy(left => left.Author, left => left.Partition))
            {
                var tried = tries.GetValueOrDefault(dead.Key);
                tries[dead.Key] = tried + 1;
                if (tried < 2)
                {
                    await Fence(dead.Key, tried == 0 ? [] : [.. dead], stop).ConfigureAwait(false);
                    any = true;
                }
                else if (tried == 2) LogStillOpen(parts.Logger, dead.Key, group.Name, string.Join(", ", dead));
            }

            if (!any) return;
        }
    }

    /// <summary>The partitions that are held up by authors whom the group does not list any more.</summary>
    private async Task<IReadOnlyCollection<Left>> Dead(CancellationToken stop)
    {
        var heldUp = await HeldUp(stop).ConfigureAwait(false);
        if (heldUp.Count == 0) return [];
        var left = await Task.Factory.StartNew(() => WhoLeft(heldUp, stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        var members = await parts.Admin.Members(group.Name, stop).ConfigureAwait(false);
        return [.. left.Where(one => MemberId.Parse(one.Author) is { } member && member.Group == group.Name && !members.Contains(member.ToString()))];
    }

    /// <summary>The partitions that stand still for a moment, though they are not readable up to their end.</summary>
    private async Task<IReadOnlyCollection<Gap>> HeldUp(CancellationToken stop)
    {
        var heldUp = await Open(stop).ConfigureAwait(false);
        for (var began = System.Diagnostics.Stopwatch.GetTimestamp(); heldUp.Count > 0 && System.Diagnostics.Stopwatch.GetElapsedTime(began) < Patience;)
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
        var unread = gaps.Select(gap => gap.Partition).ToHashSet();
        for (var began = System.Diagnostics.Stopwatch.GetTimestamp(); unread.Count > 0 && System.Diagnostics.Stopwatch.GetElapsedTime(began) < Reading;)
        {
            stop.ThrowIfCancellationRequested();
            if (consumer.Consume(Look) is not { } result || !unread.Remove(result.TopicPartition)) continue;
            consumer.IncrementalUnassign([result.TopicPartition]);
            if (!result.IsPartitionEOF && result.Message.Headers.TryGetLastBytes(WireRecord.TransactionHeader, out var author)) left.Add(new(result.TopicPartition, Encoding.UTF8.GetString(author)));
        }

        return left;
    }

    private async Task Fence(string author, IReadOnlyCollection<Wire.TopicPartition> forgotten, CancellationToken stop)
    {
        await Task.Factory.StartNew(
            () =>
            {
                using var heir = parts.Clients.Producer(parts.Clients.Settings.Transactions(author));
                heir.InitTransactions(Fencing);
                if (forgotten.Count > 0) EndAnew(heir, author, forgotten);
            }, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        LogFenced(parts.Logger, author, group.Name, forgotten.Count);
    }

    /// <summary>A transaction on the same partitions, the group's positions among them, whose end as aborted ends what was forgotten too.</summary>
    private void EndAnew(IProducer<byte[], byte[]> heir, string author, IReadOnlyCollection<Wire.TopicPartition> forgotten)
    {
        using var nobody = parts.Clients.Consumer(new ConsumerConfig(parts.Clients.Settings.Reading(IsolationLevel.ReadUncommitted)) { GroupId = group.Name }).Build();
        heir.BeginTransaction();
        foreach (var partition in forgotten) heir.Produce(partition, WireRecord.Of(new(default, default, []), Encoding.UTF8.GetBytes(author)));
        heir.Flush(Fencing);
        heir.SendOffsetsToTransaction([new(Topics.Parked, 0, 0)], nobody.ConsumerGroupMetadata, Fencing);
        heir.AbortTransaction(Fencing);
    }

    private readonly record struct Gap(Wire.TopicPartition Partition, long Stable);

    private readonly record struct Left(Wire.TopicPartition Partition, string Author);

    [LoggerMessage(8, LogLevel.Information, "Fenced {Author}, whom the group {Group} does not list any more, to end what it left open; ended as aborted on {Forgotten} partitions where that ended nothing")]
    private static partial void LogFenced(ILogger logger, string author, string group, int forgotten);

    [LoggerMessage(12, LogLevel.Warning, "A transaction of {Author}, whom the group {Group} does not list any more, is still open on {Partitions}: nobody reads past it until the brokers end it")]
    private static partial void LogStillOpen(ILogger logger, string author, string group, string partitions);
}
