using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Wire = Confluent.Kafka;

namespace Cmdr.Benchmarks;

/// <summary>The bare equivalents on Kafka: one client of Confluent's each, with the log's own settings of it, topics like the log's, nothing else.</summary>
internal sealed class KafkaFloor : IFloor
{
    private const int Slice = 4000; // as Handling takes them
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string servers;
    private readonly int partitions;
    private readonly string appended, filled, copied;
    private int count;

    private KafkaFloor(string servers, int partitions)
    {
        (this.servers, this.partitions) = (servers, partitions);
        var name = Guid.NewGuid().ToString("N");
        (appended, filled, copied) = ($"floor-appended-{name}", $"floor-filled-{name}", $"floor-copied-{name}");
    }

    internal static async Task<IFloor> Open(string servers, int partitions)
    {
        var floor = new KafkaFloor(servers, partitions);
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        await admin.CreateTopicsAsync(new[] { floor.appended, floor.filled, floor.copied }.Select(topic => new TopicSpecification { Name = topic, NumPartitions = partitions }));
        return floor;
    }

    public Task<double> AppendRate(IReadOnlyList<LogRecord> records, TimeSpan time, CancellationToken stop) => Task.Run(() =>
    {
        using var producer = Producer(new() { LingerMs = 1, EnableDeliveryReports = true });
        var (watch, delivered, sent) = (Stopwatch.StartNew(), 0, 0);
        void Count(DeliveryReport<byte[], byte[]> report) => Interlocked.Add(ref delivered, report.Error.IsError ? 0 : 1); // also on the thread that flushes
        for (; watch.Elapsed < time; sent++) Produce(producer, appended, records[sent % records.Count], Count);
        producer.Flush(stop);
        return delivered == sent ? delivered / watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"{delivered} of {sent} were delivered.");
    }, stop);

    public Task Fill(IReadOnlyList<LogRecord> records, CancellationToken stop) => Task.Run(() =>
    {
        using var producer = Producer(new() { LingerMs = 5 });
        foreach (var record in records) Produce(producer, filled, record, report => Interlocked.Add(ref count, report.Error.IsError ? 0 : 1));
        producer.Flush(stop);
        if (count != records.Count) throw new InvalidOperationException($"{count} of {records.Count} were delivered.");
    }, stop);

    public Task<double> ReadRate(Action<byte[]> each, CancellationToken stop) => Task.Run(() =>
    {
        using var consumer = Consumer();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new Wire.TopicPartitionOffset(filled, partition, Offset.Beginning)));
        each(consumer.Consume(stop).Message.Value);
        var watch = Stopwatch.StartNew();
        for (var n = 1; n < count; n++) each(consumer.Consume(stop).Message.Value);
        return (count - 1) / watch.Elapsed.TotalSeconds;
    }, stop);

    public Task<double> HopRate(CancellationToken stop) => Task.Run(() =>
    {
        using var producer = Producer(new() { LingerMs = 100, RetryBackoffMs = 2, TransactionalId = copied, EnableDeliveryReports = false });
        producer.InitTransactions(Patience);
        using var consumer = Consumer();
        consumer.Subscribe(filled);
        var slice = Gather(consumer, stop);
        var (watch, done) = (Stopwatch.StartNew(), 0);
        while (true)
        {
            producer.BeginTransaction();
            foreach (var result in slice) Send(producer, new(copied, result.Partition), new() { Key = result.Message.Key, Value = result.Message.Value, Headers = result.Message.Headers });
            var positions = slice.GroupBy(result => result.TopicPartition).Select(partition => new Wire.TopicPartitionOffset(partition.Key, partition.Last().Offset + 1));
            producer.SendOffsetsToTransaction(positions, consumer.ConsumerGroupMetadata, Patience);
            producer.CommitTransaction(Patience);
            if ((done += slice.Count) >= count) break;
            slice = Gather(consumer, stop);
        }

        consumer.Close();
        return done / watch.Elapsed.TotalSeconds;
    }, stop);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // its clients end with each measurement

    /// <summary>What is there without waiting, up to a slice; at least one record.</summary>
    private static List<ConsumeResult<byte[], byte[]>> Gather(IConsumer<byte[], byte[]> consumer, CancellationToken stop)
    {
        var slice = new List<ConsumeResult<byte[], byte[]>>(Slice) { consumer.Consume(stop) };
        while (slice.Count < Slice && consumer.Consume(TimeSpan.FromMilliseconds(1)) is { } next) slice.Add(next);
        return slice;
    }

    private void Produce(IProducer<byte[], byte[]> producer, string topic, LogRecord record, Action<DeliveryReport<byte[], byte[]>> delivered)
    {
        var headers = new Headers();
        foreach (var header in record.Headers) headers.Add(header.Name, header.Value.ToArray());
        var message = new Message<byte[], byte[]> { Key = record.Key.ToArray(), Value = record.Value.ToArray(), Headers = headers };
        Send(producer, new(topic, Murmur2.Partition(message.Key, partitions)), message, delivered);
    }

    private static void Send(IProducer<byte[], byte[]> producer, Wire.TopicPartition partition, Message<byte[], byte[]> message, Action<DeliveryReport<byte[], byte[]>>? delivered = null)
    {
        while (true)
        {
            try
            {
                producer.Produce(partition, message, delivered);
                return;
            }
            catch (ProduceException<byte[], byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                Thread.Sleep(1); // a bare program's own way to wait for the library
            }
        }
    }

    private IProducer<byte[], byte[]> Producer(ProducerConfig config)
    {
        (config.BootstrapServers, config.EnableIdempotence, config.Acks, config.DeliveryReportFields) = (servers, true, Acks.All, "status");
        return new ProducerBuilder<byte[], byte[]>(config).Build();
    }

    private IConsumer<byte[], byte[]> Consumer() => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
    {
        BootstrapServers = servers, GroupId = copied, EnableAutoCommit = false, EnableAutoOffsetStore = false, IsolationLevel = IsolationLevel.ReadCommitted,
        AutoOffsetReset = AutoOffsetReset.Earliest, FetchQueueBackoffMs = 5, FetchWaitMaxMs = 100, QueuedMaxMessagesKbytes = 32768, MessageMaxBytes = 2 * 1024 * 1024,
    }).Build();
}
