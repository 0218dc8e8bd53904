namespace Cmdr.Bus;

/// <summary>The events of one subject, handled one after another. When one is to be parked, so are those after it; when an outage interrupts one, they wait.</summary>
internal sealed class SubjectChain(PartitionWork partition)
{
    private readonly Lock gate = new();
    private readonly Queue<WorkItem> items = [];
    private bool isRunning;
    private bool isBlocked;
    private Exception? outage;

    public void Add(WorkItem item)
    {
        lock (gate)
        {
            items.Enqueue(item);
            if (outage is not null) item.Finish(Outcome.Interrupted, outage);
        }
    }

    /// <summary>After an outage what it interrupted is to be handled again.</summary>
    public void Renew()
    {
        lock (gate)
        {
            if (outage is null) return;
            outage = null;
            foreach (var item in items) item.Renew();
        }
    }

    /// <summary>True when it is to be run: it has events, and nobody runs it.</summary>
    public bool TryStart()
    {
        lock (gate)
        {
            if (isRunning || items.Count == 0 || outage is not null) return false;
            partition.Enter();
            return isRunning = true;
        }
    }

    /// <summary>Handles one event.</summary>
    /// <returns>False when it is to be run no more: there are no more events, an outage interrupted one, or the partition or the endpoint stops.</returns>
    public async ValueTask<bool> RunOne(EventDispatch dispatch, bool isStopping)
    {
        if (Next(isStopping) is not { } item) return false;
        if (isBlocked || item.StaysBehind) return End(item, Outcome.Behind, null);
        try
        {
            var error = await dispatch.Handle(item, partition.Gone).ConfigureAwait(false);
            if (error is not null) isBlocked = true;
            return End(item, error is null ? Outcome.Handled : Outcome.Failed, error);
        }
        catch (OutageException exception)
        {
            Interrupt(exception.InnerException!); // made with one
        }
        catch (OperationCanceledException) when (partition.Gone.IsCancellationRequested)
        {
            // The partition is another's: the next turn ends it.
        }
        catch (Exception exception)
        {
            // Not from a consumer: memory ran out, or an author's rule for outages threw. A lane that died of it would hold the position without a word.
            Interrupt(exception);
        }

        return HasMore();
    }

    private WorkItem? Next(bool isStopping)
    {
        lock (gate)
        {
            if (items.Count > 0 && outage is null && !partition.Gone.IsCancellationRequested && !isStopping) return items.Peek();
            isRunning = false;
        }

        partition.Leave();
        return null;
    }

    private bool HasMore()
    {
        bool hasMore;
        lock (gate) hasMore = isRunning = items.Count > 0;
        if (!hasMore) partition.Leave();
        return hasMore;
    }

    /// <returns>True when there are more events.</returns>
    private bool End(WorkItem item, Outcome outcome, Exception? error)
    {
        bool hasMore;
        lock (gate)
        {
            items.Dequeue();
            hasMore = isRunning = items.Count > 0;
        }

        item.Finish(outcome, error);
        if (!hasMore) partition.Leave();
        return hasMore;
    }

    private void Interrupt(Exception exception)
    {
        lock (gate)
        {
            outage = exception;
            foreach (var item in items) item.Finish(Outcome.Interrupted, exception);
        }
    }
}
