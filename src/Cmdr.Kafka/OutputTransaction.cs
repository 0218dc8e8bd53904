using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Writes a slice's outputs and the group's positions as one transaction. A transaction begins when the slice is decided, so that it is open for a moment only;
/// its records are flushed before its positions, so that whoever finds it open finds its author.
/// </summary>
internal sealed partial class OutputTransaction(LogParts parts, LogDescription log, string group, MemberId id, CancellationToken stop) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>The library's own limits do not always hold: after this a call is taken for lost, and its producer for broken.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly byte[] header = Encoding.UTF8.GetBytes(id.ToString());
    private readonly string part = $"commit for the group {group}";
    private IProducer<byte[], byte[]>? producer;

    internal CommitOutcome Commit(IReadOnlyList<SliceOutput> outputs, IReadOnlyList<TopicPartitionOffset> positions, IConsumerGroupMetadata metadata)
    {
        IProducer<byte[], byte[]>? current = null;
        try
        {
            current = producer ??= Open();
            current.BeginTransaction();
            foreach (var (topic, record) in outputs) Produce(current, topic, record);
            Guarded(() => Flush(current));
            Repeated(() => current.SendOffsetsToTransaction(positions, metadata, Patience));
        }
        catch (KafkaTxnRequiresAbortException exception)
        {
            return Abort(current!, exception); // it was opened: it has begun a transaction
        }
        catch (KafkaException exception)
        {
            // Not asked to commit, so that the next producer of this id ends it as aborted.
            Replace(exception);
            return CommitOutcome.NotCommitted;
        }

        return Commit(current);
    }

    public void Dispose()
    {
        if (producer is { } last) Waited(Task.Run(last.Dispose), Farewell);
    }

    /// <summary>Asks to commit until it is answered: a commit without an answer may have happened.</summary>
    private CommitOutcome Commit(IProducer<byte[], byte[]> current)
    {
        try
        {
            Repeated(() => current.CommitTransaction(Patience));
            parts.Health.Well(part);
            return CommitOutcome.Committed;
        }
        catch (KafkaTxnRequiresAbortException exception)
        {
            return Abort(current, exception);
        }
        catch (KafkaException exception)
        {
            Replace(exception);
            return CommitOutcome.Unknown;
        }
    }

    private CommitOutcome Abort(IProducer<byte[], byte[]> current, KafkaException reason)
    {
        LogAborted(parts.Logger, group, reason.Message);
        try
        {
            Repeated(() => current.AbortTransaction(Patience));
        }
        catch (KafkaException exception)
        {
            Replace(exception);
        }

        return KafkaFault.IsFencing(reason.Error) ? CommitOutcome.Fenced : CommitOutcome.NotCommitted;
    }

    /// <summary>The same call again while the brokers do not answer; the member is asked to leave, one last time.</summary>
    private void Repeated(Action call)
    {
        var backoff = new Backoff();
        while (true)
        {
            try
            {
                Guarded(call);
                return;
            }
            catch (KafkaRetriableException exception) when (!stop.IsCancellationRequested)
            {
                parts.Health.Faulty(part, KafkaFault.Explain(exception.Error, $"the commit of a slice of {group}", parts.Clients.Settings));
                stop.WaitHandle.WaitOne(backoff.Next());
            }
        }
    }

    /// <summary>A producer of this member's id; opening it ends whatever the one before it left open.</summary>
    private IProducer<byte[], byte[]> Open()
    {
        var opened = parts.Clients.Producer(parts.Clients.Settings.Transactions(id.ToString()));
        try
        {
            Repeated(() => opened.InitTransactions(Patience));
            parts.Health.Well(part);
            return opened;
        }
        catch
        {
            _ = Task.Run(opened.Dispose);
            throw;
        }
    }

    private void Replace(KafkaException reason)
    {
        LogReplaced(parts.Logger, group, reason.Message);
        var broken = producer;
        producer = null;
        if (broken is not null) _ = Task.Run(broken.Dispose); // it may wait for a call that hangs
        if (stop.IsCancellationRequested) return;
        try
        {
            producer = Open();
        }
        catch (KafkaException exception)
        {
            // The next slice tries again.
            parts.Health.Faulty(part, KafkaFault.Explain(exception.Error, $"opening transactions for {group}", parts.Clients.Settings));
        }
    }

    private void Produce(IProducer<byte[], byte[]> current, string topic, LogRecord record)
    {
        var place = new Wire.TopicPartition(topic, Murmur2.Partition(record.Key.Span, log.Partitions));
        var message = WireRecord.Of(record, header);
        while (true)
        {
            try
            {
                current.Produce(place, message);
                return;
            }
            catch (ProduceException<byte[], byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                current.Flush(Patience);
            }
        }
    }

    /// <summary>Returns when all is sent. The library itself would look at that every 10 ms only, unless it is asked for less.</summary>
    private static void Flush(IProducer<byte[], byte[]> current)
    {
        for (var began = Stopwatch.GetTimestamp(); current.Flush(Moment) > 0 && Stopwatch.GetElapsedTime(began) < Patience;)
        {
        }
    }

    private static void Guarded(Action call)
    {
        if (!Waited(Task.Run(call), Hang)) throw new KafkaException(new Error(ErrorCode.Local_TimedOut, "a call of the library hangs"));
    }

    /// <summary>Waits on the member's thread; false when the time is over first.</summary>
    private static bool Waited(Task task, TimeSpan within)
    {
        if (!task.IsCompleted && !((IAsyncResult)task).AsyncWaitHandle.WaitOne(within)) return false;
        task.GetAwaiter().GetResult();
        return true;
    }

    [LoggerMessage(9, LogLevel.Debug, "A transaction of the group {Group} is aborted, and its slice comes again: {Message}")]
    private static partial void LogAborted(ILogger logger, string group, string message);

    [LoggerMessage(10, LogLevel.Warning, "The producer of the group {Group} has failed for good and is replaced: {Message}")]
    private static partial void LogReplaced(ILogger logger, string group, string message);
}
