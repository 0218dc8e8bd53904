using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Cmdr.Benchmarks;

/// <summary>The bare equivalents on Kafka: one client of Confluent's each, with the log's own settings of it, topics like the log's, nothing else.</summary>
internal sealed class KafkaFloor : IFloor
{
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
        using var producer = BareKafka.Producer(servers, new() { LingerMs = 1, EnableDeliveryReports = true });
        var (watch, delivered, sent) = (Stopwatch.StartNew(), 0, 0);
        void Count(DeliveryReport<byte[], byte[]> report) => Interlocked.Add(ref delivered, report.Error.IsError ? 0 : 1); // also on the thread that flushes
        for (; watch.Elapsed < time; sent++) Produce(producer, appended, records[sent % records.Count], Count);
        producer.Flush(stop);
        return delivered == sent ? delivered / watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"{delivered} of {sent} were delivered.");
    }, stop);

    public Task Fill(IReadOnlyList<LogRecord> records, CancellationToken stop) => Task.Run(() =>
    {
        using var producer = BareKafka.Producer(servers, new() { LingerMs = 5 });
        foreach (var record in records) Produce(producer, filled, record, report => Interlocked.Add(ref count, report.Error.IsError ? 0 : 1));
        producer.Flush(stop);
        if (count != records.Count) throw new InvalidOperationException($"{count} of {records.Count} were delivered.");
    }, stop);

    public Task<double> ReadRate(Action<byte[]> each, CancellationToken stop) => Task.Run(() =>
    {
        using var consumer = BareKafka.Consumer(servers, copied);
        BareKafka.Assign(consumer, filled, partitions);
        each(consumer.Consume(stop).Message.Value);
        var watch = Stopwatch.StartNew();
        for (var n = 1; n < count; n++) each(consumer.Consume(stop).Message.Value);
        return (count - 1) / watch.Elapsed.TotalSeconds;
    }, stop);

    public Task<double> HopRate(CancellationToken stop) => Task.Run(() =>
    {
        var wait = TimeSpan.FromMilliseconds(1);
        using var hop = new KafkaHop(servers, filled, copied);
        var slice = hop.Gather(wait, stop); // joining is not measured
        var (watch, done) = (Stopwatch.StartNew(), 0);
        while (true)
        {
            hop.Copy(slice);
            if ((done += slice.Count) >= count) return done / watch.Elapsed.TotalSeconds;
            slice = hop.Gather(wait, stop);
        }
    }, stop);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // its clients end with each measurement

    private void Produce(IProducer<byte[], byte[]> producer, string topic, LogRecord record, Action<DeliveryReport<byte[], byte[]>> delivered)
    {
        var message = BareKafka.Message(record);
        BareKafka.Send(producer, new(topic, Murmur2.Partition(message.Key, partitions)), message, delivered);
    }
}
