using Confluent.Kafka;
using Wire = Confluent.Kafka;

namespace Cmdr.Benchmarks;

/// <summary>Ordinary clients with the log's own settings.</summary>
internal static class BareKafka
{
    internal const int LargestBytes = 2 * 1024 * 1024;

    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal static IProducer<byte[], byte[]> Producer(string servers, ProducerConfig config)
    {
        (config.BootstrapServers, config.EnableIdempotence, config.Acks, config.DeliveryReportFields) = (servers, true, Acks.All, "status");
        return new ProducerBuilder<byte[], byte[]>(config).Build();
    }

    internal static IConsumer<byte[], byte[]> Consumer(string servers, string group) => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
    {
        BootstrapServers = servers, GroupId = group, EnableAutoCommit = false, EnableAutoOffsetStore = false, IsolationLevel = IsolationLevel.ReadCommitted,
        AutoOffsetReset = AutoOffsetReset.Earliest, FetchQueueBackoffMs = 5, FetchWaitMaxMs = 100, QueuedMaxMessagesKbytes = 32768, MaxPartitionFetchBytes = 256 * 1024, MessageMaxBytes = LargestBytes,
    }).Build();

    /// <summary>Everything of a topic, from its beginning on.</summary>
    internal static void Assign(IConsumer<byte[], byte[]> consumer, string topic, int partitions) =>
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new Wire.TopicPartitionOffset(topic, partition, Offset.Beginning)));

    internal static Message<byte[], byte[]> Message(LogRecord record)
    {
        var headers = new Headers();
        foreach (var header in record.Headers) headers.Add(header.Name, header.Value.ToArray());
        return new() { Key = record.Key.ToArray(), Value = record.Value.ToArray(), Headers = headers };
    }

    internal static void Send(IProducer<byte[], byte[]> producer, Wire.TopicPartition partition, Message<byte[], byte[]> message, Action<DeliveryReport<byte[], byte[]>>? delivered = null)
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
}
