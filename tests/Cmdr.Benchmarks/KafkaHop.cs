using Confluent.Kafka;
using Wire = Confluent.Kafka;

namespace Cmdr.Benchmarks;

/// <summary>The bare transactional copy loop: consume what is there, produce as much elsewhere, send the offsets, commit.</summary>
internal sealed class KafkaHop : IDisposable
{
    private const int Slice = 4000; // as Handling takes them

    private readonly string to;
    private readonly IProducer<byte[], byte[]> producer;
    private readonly IConsumer<byte[], byte[]> consumer;

    internal KafkaHop(string servers, string from, string to)
    {
        this.to = to;
        producer = BareKafka.Producer(servers, new() { LingerMs = 100, RetryBackoffMs = 2, BatchSize = BareKafka.LargestBytes, TransactionalId = to, EnableDeliveryReports = false });
        consumer = BareKafka.Consumer(servers, to);
        producer.InitTransactions(BareKafka.Patience);
        consumer.Subscribe(from);
    }

    /// <summary>What is there, up to a slice; at least one record.</summary>
    /// <param name="wait">How long to wait for each next one.</param>
    /// <param name="stop">Gives up.</param>
    internal IReadOnlyList<ConsumeResult<byte[], byte[]>> Gather(TimeSpan wait, CancellationToken stop)
    {
        var slice = new List<ConsumeResult<byte[], byte[]>>(Slice) { consumer.Consume(stop) };
        while (slice.Count < Slice && consumer.Consume(wait) is { } next) slice.Add(next);
        return slice;
    }

    internal void Copy(IReadOnlyList<ConsumeResult<byte[], byte[]>> slice)
    {
        producer.BeginTransaction();
        foreach (var result in slice) BareKafka.Send(producer, new(to, result.Partition), new() { Key = result.Message.Key, Value = result.Message.Value, Headers = result.Message.Headers });
        var positions = slice.GroupBy(result => result.TopicPartition).Select(partition => new Wire.TopicPartitionOffset(partition.Key, partition.Last().Offset + 1));
        producer.SendOffsetsToTransaction(positions, consumer.ConsumerGroupMetadata, BareKafka.Patience);
        producer.CommitTransaction(BareKafka.Patience);
    }

    public void Dispose()
    {
        consumer.Close();
        consumer.Dispose();
        producer.Dispose();
    }
}
