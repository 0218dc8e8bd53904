using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>The log on PostgreSQL: rows with contiguous offsets, written under their partition's lock.</summary>
public sealed class PostgresLog : ILog, IAsyncDisposable
{
    private const int DefaultPartitions = 16;
    private const string Opening = "be opened";

    private readonly NpgsqlDataSource source;
    private readonly int? partitions;
    private readonly SemaphoreSlim opening = new(1, 1);
    private readonly Wakeups wakeups = new();
    private readonly TopicIds topics;
    private readonly TopicReader reader;
    private readonly Announcer announcer;
    private readonly AppendCoalescer coalescer;
    private readonly NotificationListener listener;
    private readonly LogParts parts;
    private LogDescription? description;
    private int disposed;

    /// <summary>A log in the database of <paramref name="source"/>, opened or created on first use.</summary>
    /// <param name="source">The database.</param>
    /// <param name="partitions">The partition count; null: whatever the log has, 16 when it is created.</param>
    /// <param name="time">Tells when slices that were asked for are due; leases go by the database's clock.</param>
    /// <param name="logger">Says what fails and recovers.</param>
    public PostgresLog(NpgsqlDataSource source, int? partitions, TimeProvider time, ILogger<PostgresLog> logger)
    {
        (this.source, this.partitions) = (source, partitions);
        Health = new(logger);
        topics = new(source);
        reader = new(source, topics, wakeups);
        announcer = new(source, wakeups);
        coalescer = new(source, announcer);
        listener = new(source, announcer, wakeups, Health);
        parts = new(source, topics, reader, announcer, wakeups, Health, time, logger);
    }

    internal LogHealth Health { get; }

    /// <inheritdoc/>
    /// <exception cref="StartException">The log has another partition count than was asked for, or is not as this host needs it; the message says what to do.</exception>
    public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) =>
        description is { } known ? new(known) : new(Open(cancellationToken));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        var log = await Describe(cancellationToken).ConfigureAwait(false);
        if (records.Count == 0) return [];
        var total = 0L;
        foreach (var record in records)
        {
            var bytes = record.Bytes;
            if (bytes > LogRecord.MaxBytes) throw new RecordTooLargeException(bytes);
            total += bytes;
        }

        if (total > RecordBatch.MostBytes) throw new LogException($"{records.Count} records of {total} bytes are too much for one append; nothing was appended. Append them in parts.");

        var id = await Asked(topics.Of(topic, cancellationToken)).ConfigureAwait(false);
        var call = new AppendCall(id, topic, records, total);
        coalescer.Append(call, log);
        return await call.Answer(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogPage> Read(Cursor after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var log = await Describe(cancellationToken).ConfigureAwait(false);
        var pages = reader.Read(log, after, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var ending = pages.ConfigureAwait(false);
        while (await Asked(pages.MoveNextAsync()).ConfigureAwait(false)) yield return pages.Current;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(positions);
        await Describe(cancellationToken).ConfigureAwait(false);
        return await Asked(new ValueTask<IReadOnlyList<LoggedRecord?>>(reader.ReadAt(positions, cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<Cursor> EndOf(string topic, CancellationToken cancellationToken)
    {
        await Describe(cancellationToken).ConfigureAwait(false);
        return await Asked(new ValueTask<Cursor>(reader.EndOf(topic, cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(consumer);
        var own = parts with { Health = Health.OfMember() };
        try
        {
            var member = await Joining(own, group, consumer, cancellationToken).ConfigureAwait(false);
            await using var ending = member.ConfigureAwait(false);
            await member.Run(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancelling is how a member is asked to leave.
        }
        finally
        {
            own.Health.Leave();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container disposes of it once for each service that it is registered as.
        if (Interlocked.Exchange(ref disposed, 1) == 1) return;
        await listener.DisposeAsync().ConfigureAwait(false);
        await coalescer.DisposeAsync().ConfigureAwait(false);
        await announcer.DisposeAsync().ConfigureAwait(false);
        opening.Dispose();
    }

    /// <summary>Listens no more, before the server may stop: that it then is gone is no fault.</summary>
    internal Task StopListening() => listener.Stop();

    private static async ValueTask<T> Asked<T>(ValueTask<T> answer)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (Exception exception) when (Fault.IsOfDatabase(exception))
        {
            throw new LogException($"The log on PostgreSQL failed: {exception.Message}", exception);
        }
    }

    /// <summary>A member that has yet to join, once the log can be reached.</summary>
    private async Task<GroupMember> Joining(LogParts own, LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken)
    {
        var part = $"open the group {group.Name}";
        for (var backoff = new Backoff(); ; await backoff.Wait(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                var log = await Describe(cancellationToken).ConfigureAwait(false);
                var member = await Asked(new ValueTask<GroupMember>(GroupMember.Create(own, log, group, consumer, cancellationToken))).ConfigureAwait(false);
                own.Health.Well(part);
                return member;
            }
            catch (LogException exception) when (exception.InnerException is not null)
            {
                own.Health.Faulty(part, exception);
            }
        }
    }

    private async Task<LogDescription> Open(CancellationToken cancellationToken)
    {
        await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (description is { } known) return known;
            var found = await Asked(new ValueTask<LogDescription>(Schema.Open(source, partitions ?? DefaultPartitions, cancellationToken))).ConfigureAwait(false);
            if (partitions is { } wanted && wanted != found.Partitions)
            {
                throw new SettingException(
                    $"Cmdr:Partitions is {wanted}, but the log has {found.Partitions} partitions, fixed when it was created; remove the setting or set it to {found.Partitions}.");
            }

            listener.Start();
            Health.Well(Opening);
            return description = found;
        }
        catch (LogException exception)
        {
            Health.Faulty(Opening, exception);
            throw;
        }
        finally
        {
            opening.Release();
        }
    }
}
