using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>Consumers without a group, kept for the next reader: a new one has to find its brokers first.</summary>
internal sealed class ReaderPool(KafkaClients clients) : IDisposable
{
    private const int MostIdle = 4;

    private readonly ConcurrentBag<IConsumer<byte[], byte[]>> idle = [];
    private volatile bool isDisposed;

    /// <summary>A consumer that reads committed records and is assigned nothing.</summary>
    internal IConsumer<byte[], byte[]> Rent() => idle.TryTake(out var consumer) ? consumer : clients.Consumer(clients.Settings.Reading(IsolationLevel.ReadCommitted)).Build();

    /// <summary>Takes a consumer back; one that has failed is closed.</summary>
    internal void Return(IConsumer<byte[], byte[]> consumer, bool isWell)
    {
        if (isWell && !isDisposed && idle.Count < MostIdle)
        {
            consumer.Unassign();
            idle.Add(consumer);
            if (!isDisposed || !idle.TryTake(out consumer!)) return; // taken, so there is one
        }

        consumer.Dispose();
    }

    public void Dispose()
    {
        isDisposed = true;
        while (idle.TryTake(out var consumer)) consumer.Dispose();
    }
}
