using System.Runtime.CompilerServices;

namespace Cmdr.Intake.Tests;

/// <summary>A log whose append returns late, or fails, and whose reading may break.</summary>
internal sealed class HeldLog : ILog
{
    private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource appended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MemoryLog log = new(4, TimeProvider.System);
    private TaskCompletionSource? release;

    public bool Fail { get; set; }

    /// <summary>True where readers are told nothing, not even that there is nothing.</summary>
    public bool IsMute { get; init; }

    /// <summary>Ends when a command's append waits to return.</summary>
    public Task Held => held.Task;

    public Task Appended => appended.Task;

    public void Hold() => release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => release!.SetResult(); // held before

    /// <summary>Another log takes the place of this one.</summary>
    public void Recreate() => log = new(4, TimeProvider.System);

    public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) => log.Describe(cancellationToken);

    public async Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken)
    {
        if (topic != Topics.Commands) return await log.Append(topic, records, cancellationToken);
        if (Fail) throw new LogException("The log is gone.");
        var positions = await log.Append(topic, records, cancellationToken);
        held.TrySetResult();
        if (release is not null) await release.Task.WaitAsync(cancellationToken);
        appended.TrySetResult();
        return positions;
    }

    public async IAsyncEnumerable<LogPage> Read(Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (IsMute) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        var read = log;
        await foreach (var page in read.Read(after, cancellationToken)) yield return read == log ? page : throw new LogException("The log is another.");
    }

    public Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken) => log.ReadAt(positions, cancellationToken);

    public Task<Cursor> EndOf(string topic, CancellationToken cancellationToken) => log.EndOf(topic, cancellationToken);

    public Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken) => log.Consume(group, consumer, cancellationToken);
}
