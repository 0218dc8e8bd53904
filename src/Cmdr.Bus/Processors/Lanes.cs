using MassTransit;
using MassTransit.Logging;

namespace Cmdr.Bus;

/// <summary>Runs so many subjects at the same time, and each for itself in order. They run on beyond the slice that brought them.</summary>
internal sealed class Lanes(int limit, EventDispatch dispatch, ILogContext? logContext)
{
    private readonly Lock gate = new();
    private readonly Queue<SubjectChain> ready = [];
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<bool>? isToStop;
    private int running;
    private volatile bool isStopping;

    /// <summary>Completes when it is stopped and nothing runs any more.</summary>
    public Task Stopped => stopped.Task;

    public void Run(SubjectChain chain)
    {
        lock (gate)
        {
            ready.Enqueue(chain);
            if (running == limit) return;
            running++;
        }

        _ = Task.Run(Work);
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
        while (Next() is { } chain) await chain.Run(dispatch, isToStop ??= () => isStopping).ConfigureAwait(false);
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
