using System.Runtime.CompilerServices;

namespace Cmdr.Bus.Tests;

/// <summary>A log whose group cannot be joined, and is left, while it is broken.</summary>
internal sealed class BreakableLog(ILog log) : ILog
{
    private readonly List<CancellationTokenSource> inGroup = [];
    private int joins;

    /// <summary>What <see cref="Consume"/> throws; null while the log works.</summary>
    public Exception? Fault { get; private set; }

    public int Joins => Volatile.Read(ref joins);

    /// <summary>How many are in a group now.</summary>
    public int Members
    {
        get
        {
            lock (inGroup) return inGroup.Count;
        }
    }

    /// <summary>How many slices it will not commit, though they were handled.</summary>
    public int Refusals { get; set; }

    /// <summary>How many slices were committed.</summary>
    public int Committed { get; private set; }

    /// <summary>How many slices were given back.</summary>
    public int Aborted { get; private set; }

    public void Break(Exception fault)
    {
        Fault = fault;
        // Who hears it may leave at once, on this thread.
        lock (inGroup) inGroup.ToList().ForEach(member => member.Cancel());
    }

    public void Mend() => Fault = null;

    public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) => log.Describe(cancellationToken);

    public Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken) =>
        log.Append(topic, records, cancellationToken);

    /// <summary>Until when readers are kept waiting for what is appended; null while they are not.</summary>
    public TaskCompletionSource? Lag { get; set; }

    public async IAsyncEnumerable<LogPage> Read(Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in log.Read(after, cancellationToken))
        {
            if (Lag is { } lag && page.Records.Count > 0) await lag.Task.WaitAsync(cancellationToken);
            yield return page;
        }
    }

    public Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken) => log.ReadAt(positions, cancellationToken);

    public Task<Cursor> EndOf(string topic, CancellationToken cancellationToken) => log.EndOf(topic, cancellationToken);

    public async Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref joins);
        if (Fault is { } fault) throw fault;
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (inGroup) inGroup.Add(left);
        try
        {
            await log.Consume(group, new Counting(this, consumer), left.Token);
        }
        finally
        {
            lock (inGroup) inGroup.Remove(left);
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw Fault ?? new InvalidOperationException("The log let go.");
    }

    private sealed class Counting(BreakableLog counted, ILogConsumer consumer) : ILogConsumer
    {
        public int SliceRecords => consumer.SliceRecords;

        public async ValueTask Consume(Slice slice, CancellationToken cancellationToken)
        {
            await consumer.Consume(slice, cancellationToken);
            if (counted.Refusals-- > 0) throw new LogException("not committed");
        }

        public ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken) =>
            consumer.Assigned(partitions, cancellationToken);

        public ValueTask Committed(Slice slice, CancellationToken cancellationToken)
        {
            counted.Committed++;
            return consumer.Committed(slice, cancellationToken);
        }

        public ValueTask Aborted(Slice slice, CancellationToken cancellationToken)
        {
            counted.Aborted++;
            return consumer.Aborted(slice, cancellationToken);
        }

        public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => consumer.Revoked(partitions, cancellationToken);

        public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => consumer.Lost(partitions, cancellationToken);
    }
}
