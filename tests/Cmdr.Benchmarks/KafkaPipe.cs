using System.Buffers.Binary;
using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Cmdr.Benchmarks;

/// <summary>A command's way through an ordinary program: one producer at a pace, one transactional copy loop, one reader of what is committed.</summary>
internal sealed class KafkaPipe(string servers, int partitions)
{
    private const string Number = "n";

    private readonly string sent = $"pipe-sent-{Guid.NewGuid():n}", copied = $"pipe-copied-{Guid.NewGuid():n}";

    /// <summary>Milliseconds from the moment at which each record was due to be sent until the reader has it.</summary>
    /// <param name="records">Sent in turn.</param>
    /// <param name="pace">Records per second.</param>
    /// <param name="warmUp">Not measured.</param>
    /// <param name="time">Measured.</param>
    /// <param name="stop">Gives up.</param>
    internal async Task<IReadOnlyList<double>> Latencies(IReadOnlyList<LogRecord> records, int pace, TimeSpan warmUp, TimeSpan time, CancellationToken stop)
    {
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build())
        {
            await admin.CreateTopicsAsync(new[] { sent, copied }.Select(topic => new TopicSpecification { Name = topic, NumPartitions = partitions }));
        }

        var (skipped, count) = ((int)(pace * warmUp.TotalSeconds), (int)(pace * (warmUp + time).TotalSeconds));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var (watch, latencies) = (Stopwatch.StartNew(), new double[count]);
        // Each ends all: the copy loop when everything has been read, any of them when it fails.
        await Task.WhenAll(
            Run(() => Copy(ended.Token), ended),
            Run(() => Read(latencies, pace, watch, ended), ended),
            Run(() => Send(records, count, pace, watch, ended.Token), ended));
        return latencies[skipped..];
    }

    private static Task Run(Action part, CancellationTokenSource ended) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                part();
            }
            catch
            {
                ended.Cancel();
                throw;
            }
        }, TaskCreationOptions.LongRunning);

    private void Send(IReadOnlyList<LogRecord> records, int count, int pace, Stopwatch watch, CancellationToken stop)
    {
        using var producer = BareKafka.Producer(servers, new() { LingerMs = 1 });
        for (var n = 0; n < count; Thread.Sleep(1))
        {
            stop.ThrowIfCancellationRequested();
            for (; n < count && n < watch.Elapsed.TotalSeconds * pace; n++)
            {
                var message = BareKafka.Message(records[n % records.Count]);
                var number = new byte[sizeof(int)];
                BinaryPrimitives.WriteInt32BigEndian(number, n);
                message.Headers.Add(Number, number);
                BareKafka.Send(producer, new(sent, Murmur2.Partition(message.Key, partitions)), message);
            }
        }

        producer.Flush(stop);
    }

    private void Copy(CancellationToken ended)
    {
        using var hop = new KafkaHop(servers, sent, copied);
        try
        {
            while (true) hop.Copy(hop.Gather(TimeSpan.Zero, ended));
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // All has come through.
        }
    }

    private void Read(double[] latencies, int pace, Stopwatch watch, CancellationTokenSource ended)
    {
        using var consumer = BareKafka.Consumer(servers, copied);
        BareKafka.Assign(consumer, copied, partitions);
        // A record that was lost is missed here before long.
        ended.CancelAfter(TimeSpan.FromSeconds((latencies.Length / (double)pace) + BareKafka.Patience.TotalSeconds));
        for (var seen = 0; seen < latencies.Length; seen++)
        {
            var n = BinaryPrimitives.ReadInt32BigEndian(consumer.Consume(ended.Token).Message.Headers.GetLastBytes(Number));
            latencies[n] = watch.Elapsed.TotalMilliseconds - (n * 1000.0 / pace);
        }

        ended.Cancel();
    }
}
