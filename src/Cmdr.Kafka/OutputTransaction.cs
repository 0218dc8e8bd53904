using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Writes a slice's outputs and the group's positions as one transaction. A transaction begins when the slice is decided, so that it is open for a moment only;
/// its records are flushed before the positions of what the group consumes, so that whoever is held up by it finds its author.
/// </summary>
internal sealed partial class OutputTransaction(LogParts parts, LogDescription log, LogGroup group, TransactionalProducer producer) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>How long the brokers may still be writing the markers of a transaction that has ended.</summary>
    private static readonly TimeSpan Markers = TimeSpan.FromMilliseconds(50);

    private readonly string part = $"commit for the group {group.Name}";

    /// <summary>A position that nobody reads; none where the group consumes what is parked.</summary>
    private readonly TopicPartitionOffset[] unread = group.Topics.Contains(Topics.Parked) ? [] : [new(Topics.Parked, 0, 0)];
    private long endedAt;

    internal CommitOutcome Commit(IReadOnlyList<SliceOutput> outputs, IReadOnlyList<TopicPartitionOffset> positions, IConsumerGroupMetadata metadata)
    {
        IProducer<byte[], byte[]>? opened = null;
        try
        {
            opened = producer.Opened();
            opened.BeginTransaction();
            AwaitMarkers(opened, metadata);
            foreach (var (topic, record) in outputs) Produce(opened, topic, record);
            TransactionalProducer.Guarded(() => Flush(opened));
            producer.Repeated(() => opened.SendOffsetsToTransaction(positions, metadata, Patience));
        }
        catch (KafkaTxnRequiresAbortException exception)
        {
            return Abort(opened!, exception); // it was opened: it has begun a transaction
        }
        catch (KafkaException exception)
        {
            // Not asked to commit, so that the next producer of this id ends it as aborted.
            producer.Replace(exception);
            return CommitOutcome.NotCommitted;
        }

        return Conclude(opened);
    }

    public void Dispose() => producer.Dispose();

    /// <summary>
    /// The brokers refuse the first request of a transaction while they write the markers of the last one. The library asks again after 20 ms where that is for
    /// a partition, and sooner where it is for positions; so a position goes first, of a partition that the group does not consume. The group's own, with no
    /// record yet that names their author, would hold up whoever takes over.
    /// </summary>
    private void AwaitMarkers(IProducer<byte[], byte[]> opened, IConsumerGroupMetadata metadata)
    {
        if (unread.Length > 0 && Stopwatch.GetElapsedTime(endedAt) < Markers) producer.Repeated(() => opened.SendOffsetsToTransaction(unread, metadata, Patience));
    }

    /// <summary>Asks to commit until it is answered: a commit without an answer may have happened.</summary>
    private CommitOutcome Conclude(IProducer<byte[], byte[]> opened)
    {
        try
        {
            producer.Repeated(() => opened.CommitTransaction(Patience));
            endedAt = Stopwatch.GetTimestamp();
            parts.Health.Well(part);
            return CommitOutcome.Committed;
        }
        catch (KafkaTxnRequiresAbortException exception)
        {
            return Abort(opened, exception);
        }
        catch (KafkaException exception)
        {
            producer.Replace(exception);
            return CommitOutcome.Unknown;
        }
    }

    private CommitOutcome Abort(IProducer<byte[], byte[]> opened, KafkaException reason)
    {
        LogAborted(parts.Logger, group.Name, reason.Message);
        if (KafkaFault.IsRefusal(reason.Error)) parts.Health.Faulty(part, KafkaFault.Explain(reason.Error, $"the commit of a slice of {group.Name}", parts.Clients.Settings));
        try
        {
            producer.Repeated(() => opened.AbortTransaction(Patience));
            endedAt = Stopwatch.GetTimestamp();
        }
        catch (KafkaException exception)
        {
            producer.Replace(exception);
        }

        return KafkaFault.IsFencing(reason.Error) ? CommitOutcome.Fenced : CommitOutcome.NotCommitted;
    }

    private void Produce(IProducer<byte[], byte[]> opened, string topic, LogRecord record)
    {
        var place = new Wire.TopicPartition(topic, Murmur2.Partition(record.Key.Span, log.Partitions));
        var message = WireRecord.Of(record, producer.Author);
        while (true)
        {
            try
            {
                opened.Produce(place, message);
                return;
            }
            catch (ProduceException<byte[], byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                opened.Flush(Patience);
            }
        }
    }

    /// <summary>Returns when all is sent. The library itself would look at that every 10 ms only, unless it is asked for less.</summary>
    private static void Flush(IProducer<byte[], byte[]> opened)
    {
        for (var began = Stopwatch.GetTimestamp(); opened.Flush(Moment) > 0 && Stopwatch.GetElapsedTime(began) < Patience;)
        {
        }
    }

    [LoggerMessage(9, LogLevel.Debug, "A transaction of the group {Group} is aborted, and its slice comes again: {Message}")]
    private static partial void LogAborted(ILogger logger, string group, string message);
}
