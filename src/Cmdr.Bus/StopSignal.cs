namespace Cmdr.Bus;

/// <summary>How an endpoint ends: it takes no more slices at once, and the slice at hand has a while to finish.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource patienceEnded = new();

    /// <summary>Cancelled when the endpoint is to take no more slices.</summary>
    public CancellationToken Stopping => stopping.Token;

    public async Task Stop(TimeSpan patience)
    {
        patienceEnded.CancelAfter(patience);
        await stopping.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Cancelled when the slice at hand must end: the log says so for a reason of its own, or the endpoint is stopping and the patience ended. That the endpoint
    /// is stopping is no reason yet, though the log's token follows it.
    /// </summary>
    public SliceEnd EndOfSlice(CancellationToken log) => new(this, log);

    /// <summary>True when an exception is only that the endpoint is stopping.</summary>
    public bool Explains(Exception exception) => exception.GetBaseException() is OperationCanceledException && stopping.IsCancellationRequested;

    public void Dispose()
    {
        stopping.Dispose();
        patienceEnded.Dispose();
    }

    internal readonly struct SliceEnd : IDisposable
    {
        private readonly CancellationTokenSource source;
        private readonly CancellationTokenRegistration registration;

        public SliceEnd(StopSignal stop, CancellationToken log)
        {
            var end = source = CancellationTokenSource.CreateLinkedTokenSource(stop.patienceEnded.Token);
            registration = log.UnsafeRegister(_ => { if (!stop.stopping.IsCancellationRequested) end.Cancel(); }, null);
        }

        public CancellationToken Token => source.Token;

        public void Dispose()
        {
            registration.Dispose();
            source.Dispose();
        }
    }
}
