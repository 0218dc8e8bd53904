using MassTransit;
using MassTransit.Logging;

namespace Cmdr.Bus;

/// <summary>Runs so many subjects at the same time, and each for itself in order. They run on beyond the slice that brought them.</summary>
internal sealed class Lanes(int limit, EventDispatch dispatch, ILogContext? logContext)
{
    /// <summary>
    /// The most events between two occasions for the rest of the process to use the lane's thread: consumers that never wait would keep it for a whole slice, and
    /// the reading of the next one with it.
    /// </summary>
    private const int Turns = 16;

    private readonly Lock gate = new();
    private readonly Queue<SubjectChain> ready = [];
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int running;
    private volatile bool isStopping;

    /// <summary>Completes when it is stopped and nothing runs any more.</summary>
    public Task Stopped => stopped.Task;

    public void Run(IReadOnlyCollection<SubjectChain> chains)
    {
        int added;
        lock (gate)
        {
            foreach (var chain in chains) ready.Enqueue(chain);
            added = Math.Min(chains.Count, limit - running);
            running += added;
        }

        for (; added > 0; added--) _ = Task.Run(Work);
    }

    /// <summary>Begins no more events; those that are being handled go on.</summary>
    public void Stop()
    {
        isStopping = true;
        lock (gate)
        {
            if (running == 0) stopped.TrySetResult();
        }
    }

    private async Task Work()
    {
        LogContext.Current = logContext;
        for (var turn = 1; Next() is { } chain; turn++)
        {
            if (await chain.RunOne(dispatch, isStopping).ConfigureAwait(false)) Return(chain);
            if (turn % Turns == 0) await Task.Yield();
        }
    }

    /// <summary>To the back: a subject with many events leaves its lane to others after each, so that what is early on the log is done early.</summary>
    private void Return(SubjectChain chain)
    {
        lock (gate) ready.Enqueue(chain);
    }

    private SubjectChain? Next()
    {
        lock (gate)
        {
            if (ready.TryDequeue(out var chain)) return chain;
            running--;
            if (running == 0 && isStopping) stopped.TrySetResult();
            return null;
        }
    }
}
