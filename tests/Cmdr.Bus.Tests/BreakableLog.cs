namespace Cmdr.Bus.Tests;

/// <summary>A log whose group cannot be joined, and is left, while it is broken.</summary>
internal sealed class BreakableLog(ILog log) : ILog
{
    private Action leave = () => { };

    /// <summary>What <see cref="Consume"/> throws; null while the log works.</summary>
    public Exception? Fault { get; private set; }

    public int Joins { get; private set; }

    /// <summary>How many are in a group now.</summary>
    public int Members { get; private set; }

    public void Break(Exception fault)
    {
        Fault = fault;
        leave();
    }

    public void Mend() => Fault = null;

    public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) => log.Describe(cancellationToken);

    public Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken) =>
        log.Append(topic, records, cancellationToken);

    public IAsyncEnumerable<LogPage> Read(Cursor after, CancellationToken cancellationToken) => log.Read(after, cancellationToken);

    public Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken) => log.ReadAt(positions, cancellationToken);

    public Task<Cursor> EndOf(string topic, CancellationToken cancellationToken) => log.EndOf(topic, cancellationToken);

    public async Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken)
    {
        Joins++;
        if (Fault is { } fault) throw fault;
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        leave = left.Cancel;
        Members++;
        await log.Consume(group, consumer, left.Token);
        Members--;
        cancellationToken.ThrowIfCancellationRequested();
        throw Fault ?? new InvalidOperationException("The log let go.");
    }
}
