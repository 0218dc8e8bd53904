using Microsoft.Extensions.Hosting;

namespace Cmdr;

/// <summary>
/// Who waits when a host is told to stop hears what comes within a moment, of what is at hand here or of other hosts; then waits end as if their time had run out.
/// A web server stops only once its requests are answered.
/// </summary>
public sealed class LastCall : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private readonly TimeProvider time;
    private readonly CancellationTokenSource ended;
    private readonly CancellationTokenRegistration stopping;

    /// <summary>For the waits of the host with this lifetime and clock.</summary>
    public LastCall(IHostApplicationLifetime lifetime, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(lifetime);
        this.time = time;
        ended = new(Timeout.InfiniteTimeSpan, time);
        stopping = lifetime.ApplicationStopping.Register(() => ended.CancelAfter(Patience));
    }

    /// <summary>Waits until a task ends; false when the time, or the host's, ran out first.</summary>
    /// <param name="task">Ends when what is waited for has come.</param>
    /// <param name="timeout">How long; zero or more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async Task<bool> Await(Task task, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!task.IsCompleted)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended.Token);
            // Running out of time is an ordinary end; being cancelled is not.
            await task.WaitAsync(timeout, time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return task.IsCompleted;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Dispose();
        ended.Dispose();
    }
}
