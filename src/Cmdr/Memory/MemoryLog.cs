namespace Cmdr;

/// <summary>The log in memory: the reference for what a log does; nothing outlives the process.</summary>
public sealed class MemoryLog : ILog
{
    /// <summary>A log of its own identity.</summary>
    public MemoryLog(int partitions, TimeProvider time) => _ = (partitions, time);

    /// <inheritdoc/>
    public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<LogPage> Read(Cursor after, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<Cursor> EndOf(string topic, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken) => throw new NotImplementedException();
}
