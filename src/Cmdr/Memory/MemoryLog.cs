using System.Runtime.CompilerServices;

namespace Cmdr;

/// <summary>The log in memory: the reference for what a log does; nothing outlives the process. Hosts that share the object share the log.</summary>
public sealed class MemoryLog : ILog
{
    private const int PageRecords = 512;
    private const int PageBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<string, MemoryTopic> topics = [];
    private readonly Dictionary<string, MemoryGroup> groups = [];
    private readonly LogDescription description;
    private readonly TimeProvider time;

    /// <summary>A log of its own identity.</summary>
    public MemoryLog(int partitions, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitions);
        ArgumentNullException.ThrowIfNull(time);
        description = new(Guid.CreateVersion7().ToString(), partitions);
        this.time = time;
    }

    /// <inheritdoc/>
    public ValueTask<LogDescription> Describe(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(description);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentNullException.ThrowIfNull(records);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<IReadOnlyList<Position>>(cancellationToken);
        if (records.FirstOrDefault(record => record.Bytes > LogRecord.MaxBytes) is { } large)
        {
            return Task.FromException<IReadOnlyList<Position>>(new RecordTooLargeException(large.Bytes));
        }

        lock (gate) return Task.FromResult(Topic(topic).Append(records));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogPage> Read(Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(after);
        cancellationToken.ThrowIfCancellationRequested();
        var signal = new Signal();
        var topic = Listen(after, signal);
        try
        {
            using var beat = time.CreateTimer(_ => signal.Set(), null, Progress, Progress);
            var told = default(long?);
            while (true)
            {
                LogPage page;
                lock (gate) page = topic.Page(after, PageRecords, PageBytes);
                if (page.Records.Count > 0 || told is not { } last || time.GetElapsedTime(last) >= Progress)
                {
                    told = page.Records.Count > 0 && told is null ? null : time.GetTimestamp();
                    after = page.Cursor;
                    yield return page;
                    cancellationToken.ThrowIfCancellationRequested();
                }
                else
                {
                    await signal.Wait(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            lock (gate) topic.Listeners.Remove(signal);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(positions);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<IReadOnlyList<LoggedRecord?>>(cancellationToken);
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<LoggedRecord?>>(
                [.. positions.Select(position => topics.TryGetValue(position.Topic, out var topic) ? topic.At(position) : null)]);
        }
    }

    /// <inheritdoc/>
    public Task<Cursor> EndOf(string topic, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<Cursor>(cancellationToken);
        lock (gate) return Task.FromResult(Topic(topic).End());
    }

    /// <inheritdoc/>
    public Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(consumer);
        return new MemoryMember(Group(group), group, consumer, time).Run(cancellationToken);
    }

    /// <summary>For tests: the member of <paramref name="group"/> that owns <paramref name="partition"/> loses its lease, as though it had been away for too long.</summary>
    /// <returns>False when nobody owns the partition.</returns>
    public bool Expire(string group, TopicPartition partition)
    {
        lock (gate) return groups.TryGetValue(group, out var members) && members.Expire(partition);
    }

    /// <summary>The topic, created on first use. Call with the gate held.</summary>
    internal MemoryTopic Topic(string name)
    {
        if (!topics.TryGetValue(name, out var topic)) topics.Add(name, topic = new(description, name));
        return topic;
    }

    private MemoryTopic Listen(Cursor after, Signal signal)
    {
        if (after.Log != description.Identity) throw new CursorException(CursorException.OtherLog, "The cursor is of another log.");
        lock (gate)
        {
            var topic = Topic(after.Topic);
            topic.Check(after);
            topic.Listeners.Add(signal);
            return topic;
        }
    }

    private MemoryGroup Group(LogGroup settings)
    {
        lock (gate)
        {
            if (!groups.TryGetValue(settings.Name, out var group))
            {
                var partitions = settings.Topics.SelectMany(topic => Enumerable.Range(0, description.Partitions).Select(n => new TopicPartition(topic, n)));
                groups.Add(settings.Name, group = new(this, gate, settings.Keeping, [.. partitions]));
            }

            return group;
        }
    }
}
