using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Writes a slice's outputs and the group's positions as one transaction. A transaction begins when the slice is decided, so that it is open for a moment only;
/// its records are flushed before the positions of what the group consumes, so that whoever is held up by it finds its author.
/// </summary>
/// <remarks>
/// A transaction that is not ended at once, by what it was to end with, may take the one before with it. A lone broker (4.3.1) that crashes when it has decided
/// a commit may forget the markers, and whatever ends the next transaction of the same id ends that one too, in the same way. Requests that were sent twice may
/// arrive in the next transaction (KIP-890, "Transactions Server-Side Defense"), and the library gives the sequence numbers of records that it drops to those
/// that follow, which brokers that have the dropped ones take for repeats (librdkafka, <c>rd_kafka_toppar_purge_queues</c>). So a member whose transaction
/// went any other way than well joins anew and learns from the log what is there.
/// </remarks>
internal sealed partial class OutputTransaction(LogParts parts, LogDescription log, LogGroup group, TransactionalProducer producer) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>How long the brokers may still be writing the markers of a transaction that has ended.</summary>
    private static readonly TimeSpan Markers = TimeSpan.FromMilliseconds(50);

    /// <summary>What took longer may have been asked more than once: a connection that is silent for long is replaced (<c>connections.max.idle.ms</c>).</summary>
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(2);

    private readonly string part = $"commit for the group {group.Name}";

    /// <summary>A position that nobody reads; none where the group consumes what is parked.</summary>
    private readonly TopicPartitionOffset[] unread = group.Topics.Contains(Topics.Parked) ? [] : [new(Topics.Parked, 0, 0)];
    private long beganAt;
    private long endedAt;

    private bool IsPrompt => Stopwatch.GetElapsedTime(beganAt) < Prompt;

    /// <param name="outputs">What the slice wrote.</param>
    /// <param name="positions">Where the group stands after it.</param>
    /// <param name="moved">One of them that the slice moved; null where it moved none.</param>
    /// <param name="whoNow">Tells who the member is, of which generation; asked as late as can be, on the thread of whoever commits.</param>
    internal CommitOutcome Commit(IReadOnlyList<SliceOutput> outputs, IReadOnlyList<TopicPartitionOffset> positions, TopicPartitionOffset? moved, Func<IConsumerGroupMetadata> whoNow)
    {
        IProducer<byte[], byte[]>? opened = null;
        try
        {
            opened = producer.Opened();
            beganAt = Stopwatch.GetTimestamp();
            opened.BeginTransaction();
            AwaitMarkers(opened, whoNow);
            Produce(opened, outputs, moved is null ? null : TransactionPosition.Write(moved));
            producer.Guarded(() => Flush(opened));
            Send(opened, positions, whoNow());
            // Asked again while there is no answer: a commit without one may have happened.
            End(() => opened.CommitTransaction(Patience));
            if (!IsPrompt) producer.Renew($"a transaction took over {Prompt.TotalSeconds} s");
            parts.Health.Well(part);
            return CommitOutcome.Committed;
        }
        catch (KafkaException exception)
        {
            if (opened is null) return CommitOutcome.NotCommitted;
            return IsPrompt && IsRefused(exception) ? Abort(opened, exception) : Failed(exception);
        }
    }

    public void Dispose() => producer.Dispose();

    /// <summary>
    /// The brokers refuse the first request of a transaction while they write the markers of the last one. The library asks again after 20 ms where that is for
    /// a partition, and sooner where it is for positions; so a position goes first, of a partition that the group does not consume. The group's own, with no
    /// record yet that names their author, would hold up whoever takes over.
    /// </summary>
    private void AwaitMarkers(IProducer<byte[], byte[]> opened, Func<IConsumerGroupMetadata> whoNow)
    {
        if (unread.Length > 0 && Stopwatch.GetElapsedTime(endedAt) < Markers) Send(opened, unread, whoNow());
    }

    private void Send(IProducer<byte[], byte[]> opened, IEnumerable<TopicPartitionOffset> positions, IConsumerGroupMetadata who) =>
        producer.Repeated(() => opened.SendOffsetsToTransaction(positions, who, Patience));

    /// <summary>True when the brokers have answered all that was asked, and one of the answers is that they do not take it of whoever asks.</summary>
    private static bool IsRefused(KafkaException exception) =>
        exception is KafkaTxnRequiresAbortException && (KafkaFault.IsFencing(exception.Error) || KafkaFault.IsRefusal(exception.Error));

    private CommitOutcome Abort(IProducer<byte[], byte[]> opened, KafkaException reason)
    {
        LogAborted(parts.Logger, group.Name, reason.Message);
        if (KafkaFault.IsRefusal(reason.Error)) producer.Tell(reason);
        try
        {
            End(() => opened.AbortTransaction(Patience));
            return !IsPrompt ? CommitOutcome.Unknown : KafkaFault.IsFencing(reason.Error) ? CommitOutcome.Fenced : CommitOutcome.NotCommitted;
        }
        catch (KafkaException exception)
        {
            return Failed(exception);
        }
    }

    private CommitOutcome Failed(KafkaException exception)
    {
        producer.Tell(exception);
        producer.Renew(exception.Message);
        producer.OpenAhead();
        return CommitOutcome.Unknown;
    }

    private void End(Action call)
    {
        producer.Repeated(call);
        endedAt = Stopwatch.GetTimestamp();
    }

    private void Produce(IProducer<byte[], byte[]> opened, IReadOnlyList<SliceOutput> outputs, byte[]? position)
    {
        var touched = new HashSet<(string Topic, int Partition)>();
        foreach (var (topic, record) in outputs)
        {
            var partition = Murmur2.Partition(record.Key.Span, log.Partitions);
            Produce(opened, new(topic, partition), WireRecord.Of(record, producer.Author, touched.Add((topic, partition)) ? position : null));
        }
    }

    private static void Produce(IProducer<byte[], byte[]> opened, Wire.TopicPartition place, Message<byte[], byte[]> message)
    {
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
