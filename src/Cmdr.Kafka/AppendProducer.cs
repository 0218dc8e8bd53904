using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// The one idempotent producer that all appends of a host share: the library coalesces what is under way into few requests. One that has failed for good is
/// replaced by the next append.
/// </summary>
internal sealed class AppendProducer(KafkaClients clients, LogHealth health) : IDisposable
{
    private const string Part = "append";
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FullPause = TimeSpan.FromMilliseconds(5);
    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram<double>("cmdr.log.append", "s", "How long one write of merged appends takes");

    private readonly Lock gate = new();
    private Generation? current;
    private bool isDisposed;

    internal async Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, int partitions)
    {
        var started = Stopwatch.GetTimestamp();
        var pending = new PendingAppend(topic, records, clients.Settings);
        var generation = Current();
        generation.Pending.TryAdd(pending, true);
        try
        {
            await Produce(generation.Producer, pending, topic, records, partitions).ConfigureAwait(false);
            if (generation.IsClosed) pending.GiveUp(); // it may have been closed before it knew of this one
            var positions = await pending.Answer.ConfigureAwait(false);
            Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
            health.Well(Part);
            return positions;
        }
        catch (LogException exception)
        {
            health.Faulty(Part, exception.Message);
            throw;
        }
        finally
        {
            generation.Pending.TryRemove(pending, out _);
        }
    }

    public void Dispose()
    {
        Generation? last;
        lock (gate) (last, current, isDisposed) = (current, null, true);
        last?.Close();
    }

    private static async ValueTask Produce(IProducer<byte[], byte[]> producer, PendingAppend pending, string topic, IReadOnlyList<LogRecord> records, int partitions)
    {
        for (var i = 0; i < records.Count; i++)
        {
            var (index, record) = (i, records[i]);
            var partition = new Wire.TopicPartition(topic, Murmur2.Partition(record.Key.Span, partitions));
            while (true)
            {
                try
                {
                    producer.Produce(partition, WireRecord.Of(record), report => pending.Delivered(index, report));
                    break;
                }
                catch (ProduceException<byte[], byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
                {
                    await Task.Delay(FullPause).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is ProduceException<byte[], byte[]> or ObjectDisposedException)
                {
                    pending.Abandon(i, exception is ProduceException<byte[], byte[]> refused ? refused.Error : new(ErrorCode.Local_Destroy, "the producer was closed"));
                    return;
                }
            }
        }
    }

    private Generation Current()
    {
        Generation? failed = null;
        try
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(isDisposed, this);
                if (current is { HasFailed: true }) (failed, current) = (current, null);
                return current ??= Open();
            }
        }
        finally
        {
            // Its own thread reported the failure; closing it waits for that thread.
            if (failed is not null) _ = Task.Run(failed.Close);
        }
    }

    private Generation Open()
    {
        var opened = new Generation();
        opened.Producer = clients.Producer(clients.Settings.Appends(), _ => opened.HasFailed = true);
        return opened;
    }

    private sealed class Generation
    {
        private volatile bool hasFailed;
        private volatile bool isClosed;

        /// <summary>The appends that have no answer yet.</summary>
        internal ConcurrentDictionary<PendingAppend, bool> Pending { get; } = [];

        internal bool IsClosed => isClosed;

        internal IProducer<byte[], byte[]> Producer { get; set; } = null!; // set by Open

        internal bool HasFailed
        {
            get => hasFailed;
            set => hasFailed = value;
        }

        /// <summary>Waits a while for what is under way, and answers what is left, since nobody else will.</summary>
        internal void Close()
        {
            Producer.Flush(Farewell);
            Producer.Dispose();
            isClosed = true;
            foreach (var pending in Pending.Keys) pending.GiveUp();
        }
    }
}
