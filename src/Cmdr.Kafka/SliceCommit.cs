using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>Commits a slice as its group keeps its position; the brokers refuse it to whom the group does not know any more.</summary>
internal sealed class SliceCommit(LogParts parts, LogDescription log, LogGroup group, IConsumer<byte[], byte[]> consumer, OutputTransaction transaction, CancellationToken stop) : IDisposable
{
    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram<double>("cmdr.log.commit", "s", "How long one commit of a slice takes");

    private readonly string part = $"commit for the group {group.Name}";

    /// <summary>Commits, or not at all.</summary>
    /// <param name="delivery">A slice that was handled, and whose partitions are still those that it was made of: none was revoked or lost since.</param>
    internal CommitOutcome Commit(Delivery delivery)
    {
        if (group.Keeping == PositionKeeping.ByConsumer) return CommitOutcome.Committed;
        var started = Stopwatch.GetTimestamp();
        var outcome = delivery.Slice.Outputs.Count > 0 ? CommitOutputs(delivery) : CommitPositions(delivery);
        if (outcome == CommitOutcome.Committed) Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("group", group.Name));
        return outcome;
    }

    public void Dispose() => transaction.Dispose();

    /// <summary>
    /// By who this member is now. A generation may have come since the slice was made, and nothing went with it: a member that is expelled is of none, or of one
    /// that the brokers refuse, until it has heard that its partitions are lost.
    /// </summary>
    private CommitOutcome CommitOutputs(Delivery delivery)
    {
        var known = consumer.ConsumerGroupMetadata;
        if (!GroupGeneration.Of(known).Exists) return CommitOutcome.Fenced;
        if (!HasTopics(delivery.Slice)) return CommitOutcome.NotCommitted;
        return transaction.Commit(delivery.Slice.Outputs, Positions(delivery, delivery.Fence), Moved(delivery).FirstOrDefault(), Now);

        // Whatever else became of the member meanwhile, it is who it was, and the brokers know better.
        IConsumerGroupMetadata Now() => consumer.ConsumerGroupMetadata is { } now && GroupGeneration.Of(now).Continues(GroupGeneration.Of(known)) ? now : known;
    }

    /// <summary>Creates topics on first use; false when the brokers do not answer, and the slice comes again.</summary>
    private bool HasTopics(Slice slice)
    {
        try
        {
            foreach (var topic in slice.Outputs.Select(output => output.Topic).Distinct()) Blocking.Wait(parts.Topics.Ensure(topic, log.Partitions, stop));
            return true;
        }
        catch (LogException exception)
        {
            parts.Health.Faulty(part, exception.Message);
            return false;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private CommitOutcome CommitPositions(Delivery delivery)
    {
        var moved = Moved(delivery);
        if (moved.Count == 0) return CommitOutcome.Committed;
        for (var backoff = new Backoff(); ; stop.WaitHandle.WaitOne(backoff.Next()))
        {
            if (!GroupGeneration.Of(consumer.ConsumerGroupMetadata).Exists) return CommitOutcome.Fenced;
            try
            {
                consumer.Commit(moved);
                parts.Health.Well(part);
                return CommitOutcome.Committed;
            }
            catch (KafkaException exception)
            {
                if (KafkaFault.IsFencing(exception.Error)) return CommitOutcome.Fenced;
                if (!KafkaFault.MayPass(exception.Error) || stop.IsCancellationRequested) return CommitOutcome.NotCommitted;
                parts.Health.Faulty(part, KafkaFault.Explain(exception.Error, $"the commit of a slice of {group.Name}", parts.Clients.Settings));
            }
        }
    }

    private static List<TopicPartitionOffset> Moved(Delivery delivery) => Positions(delivery, delivery.Fence.Where(owned => delivery.Slice.Positions[owned.Partition] != owned.Next));

    private static List<TopicPartitionOffset> Positions(Delivery delivery, IEnumerable<OwnedPartition> partitions) =>
        [.. partitions.Select(owned => new TopicPartitionOffset(WireRecord.Partition(owned.Partition), delivery.Slice.Positions[owned.Partition]))];
}
