using System.Runtime.CompilerServices;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>The log on Apache Kafka: its topics are Kafka's, its groups are Kafka's, and a slice with outputs is a transaction.</summary>
public sealed class KafkaLog : ILog, IAsyncDisposable
{
    private const string Opening = "be opened";

    private readonly KafkaClients clients;
    private readonly AdminCalls admin;
    private readonly LogTopics topics;
    private readonly ReaderPool pool;
    private readonly TopicReader reader;
    private readonly PositionReader positionReader;
    private readonly AppendProducer producer;
    private readonly LogParts parts;
    private readonly SemaphoreSlim opening = new(1, 1);
    private volatile LogDescription? description;
    private volatile LogException? unreached;
    private int disposed;

    /// <summary>A log on the brokers that <paramref name="settings"/> name; its topics are created on first use.</summary>
    /// <param name="settings">How to reach the brokers.</param>
    /// <param name="partitions">The partition count; null: whatever the topics have, 16 when they are created.</param>
    /// <param name="time">Tells when slices that were asked for are due.</param>
    /// <param name="logger">Says what fails and recovers.</param>
    public KafkaLog(KafkaSettings settings, int? partitions, TimeProvider time, ILogger<KafkaLog> logger)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Health = new(logger);
        clients = new(settings, logger);
        admin = new(clients);
        topics = new(admin, settings, partitions);
        pool = new(clients);
        reader = new(pool, topics, admin, settings);
        positionReader = new(pool, topics, admin, settings);
        producer = new(clients, Health);
        parts = new(clients, topics, admin, reader, Health, time, logger);
    }

    internal LogHealth Health { get; }

    /// <inheritdoc/>
    /// <exception cref="StartException">A topic, a right or a credential is not as the log needs it; the message says which.</exception>
    public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) => description is { } known ? new(known) : new(Open(cancellationToken));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        cancellationToken.ThrowIfCancellationRequested();
        var log = await Describe(cancellationToken).ConfigureAwait(false);
        if (records.Count == 0) return [];
        for (var i = 0; i < records.Count; i++)
        {
            if (records[i].Bytes > LogRecord.MaxBytes) throw new RecordTooLargeException(records[i].Bytes);
        }

        await topics.Ensure(topic, log.Partitions, cancellationToken).ConfigureAwait(false);
        return await producer.Append(topic, records, log.Partitions).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogPage> Read(Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(after);
        var log = await Describe(cancellationToken).ConfigureAwait(false);
        await foreach (var page in reader.Read(log, after, cancellationToken).ConfigureAwait(false)) yield return page;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(positions);
        var log = await Describe(cancellationToken).ConfigureAwait(false);
        return await positionReader.ReadAt(log, positions, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<Cursor> EndOf(string topic, CancellationToken cancellationToken)
    {
        var log = await Describe(cancellationToken).ConfigureAwait(false);
        return await reader.EndOf(log, topic, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(consumer);
        try
        {
            var log = await Describe(cancellationToken).ConfigureAwait(false);
            foreach (var topic in group.Topics) await topics.Ensure(topic, log.Partitions, cancellationToken).ConfigureAwait(false);
            await GroupMember.Run(parts, log, group, consumer, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancelling is how a member is asked to leave.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container disposes of it once for each service that it is registered as.
        if (Interlocked.Exchange(ref disposed, 1) == 1) return;
        await Task.WhenAll(Task.Run(producer.Dispose), Task.Run(pool.Dispose), Task.Run(admin.Dispose)).ConfigureAwait(false);
        opening.Dispose();
    }

    private async Task<LogDescription> Open(CancellationToken cancellationToken)
    {
        // Whoever opens the log tries for long; nobody else need wait as long to hear that it cannot be reached.
        if (unreached is { } known && opening.CurrentCount == 0) throw new LogException(known.Message, known.InnerException);
        await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var found = description ??= await topics.Open(cancellationToken).ConfigureAwait(false);
            Health.Well(Opening);
            return found;
        }
        catch (LogException exception) when (exception.InnerException is KafkaException { Error: { } error } && KafkaFault.IsRefusal(error))
        {
            throw new KafkaStartException(exception.Message, exception);
        }
        catch (LogException exception)
        {
            unreached = exception;
            Health.Faulty(Opening, exception.Message);
            throw;
        }
        finally
        {
            opening.Release();
        }
    }
}
