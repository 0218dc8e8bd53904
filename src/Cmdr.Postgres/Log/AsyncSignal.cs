namespace Cmdr.Postgres;

/// <summary>Wakes one waiter; set before the wait, it ends that wait at once. Setting it twice is setting it once.</summary>
internal sealed class AsyncSignal : IDisposable
{
    private readonly SemaphoreSlim semaphore = new(0, 1);
    private readonly Lock gate = new();

    internal void Set()
    {
        lock (gate)
        {
            if (semaphore.CurrentCount == 0) semaphore.Release();
        }
    }

    /// <summary>Waits until it is set, or <paramref name="longest"/> has passed.</summary>
    internal Task Wait(TimeSpan longest, CancellationToken cancellationToken) => semaphore.WaitAsync(longest, cancellationToken);

    public void Dispose() => semaphore.Dispose();
}
