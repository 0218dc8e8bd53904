namespace Cmdr.Postgres;

/// <summary>Wakes one waiter; set before the wait, it ends that wait at once. Setting it twice is setting it once.</summary>
internal sealed class AsyncSignal
{
    private volatile TaskCompletionSource set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Set() => set.TrySetResult();

    /// <summary>Waits until it is set, or <paramref name="longest"/> has passed.</summary>
    internal async Task Wait(TimeSpan longest, CancellationToken cancellationToken)
    {
        await set.Task.WaitAsync(longest, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        // What is set between these two lines needs no second wake: the waiter has not looked yet.
        if (set.Task.IsCompleted) set = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
