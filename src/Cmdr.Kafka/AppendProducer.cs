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
        await Produce(pending, topic, records, partitions).ConfigureAwait(false);
        try
        {
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
    }

    public void Dispose()
    {
        Generation? last;
        lock (gate) (last, current, isDisposed) = (current, null, true);
        if (last is null) return;
        last.Producer.Flush(Farewell);
        last.Producer.Dispose();
    }

    private async ValueTask Produce(PendingAppend pending, string topic, IReadOnlyList<LogRecord> records, int partitions)
    {
        var producer = Current();
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
                catch (ProduceException<byte[], byte[]> exception)
                {
                    pending.Abandon(i, exception.Error);
                    return;
                }
            }
        }
    }

    private IProducer<byte[], byte[]> Current()
    {
        Generation? failed = null;
        try
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(isDisposed, this);
                if (current is { HasFailed: true }) (failed, current) = (current, null);
                return (current ??= Open()).Producer;
            }
        }
        finally
        {
            // Its own thread reported the failure; closing it waits for that thread.
            if (failed is not null) _ = Task.Run(failed.Producer.Dispose);
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

        internal IProducer<byte[], byte[]> Producer { get; set; } = null!; // set by Open

        internal bool HasFailed
        {
            get => hasFailed;
            set => hasFailed = value;
        }
    }
}
