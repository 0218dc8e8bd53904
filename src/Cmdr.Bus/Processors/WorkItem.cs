namespace Cmdr.Bus;

/// <summary>One event on its way, from when a slice brought it until a slice with it is committed.</summary>
/// <param name="position">Where it is.</param>
/// <param name="logged">Its record; null when there is none at the position.</param>
/// <param name="reader">How to read it.</param>
/// <param name="staysBehind">Whether it waits for what is parked before it, whatever becomes of that in this slice.</param>
internal sealed class WorkItem(Position position, LoggedRecord? logged, EventReader reader, bool staysBehind)
{
    /// <summary>Stands where the slice that waits would stand, once nobody need wait any more.</summary>
    private static readonly SliceWait Nobody = new();

    private SliceWait? wait;

    public Position Position => position;

    public LoggedRecord? Logged => logged;

    public EventReader Reader => reader;

    public bool StaysBehind => staysBehind;

    /// <summary>True for one that was parked before, and is tried again.</summary>
    public bool IsRetried { get; init; }

    public Outcome Outcome { get; private set; }

    /// <summary>Why it failed; null unless it did.</summary>
    public Exception? Error { get; private set; }

    /// <summary>A slice waits for it, in place of the one that did.</summary>
    public void Join(SliceWait slice)
    {
        var before = Volatile.Read(ref wait);
        if (before == Nobody) return;
        slice.Add();
        if (Interlocked.CompareExchange(ref wait, slice, before) != before) slice.Done(); // it has finished meanwhile
    }

    public void Finish(Outcome outcome, Exception? error = null)
    {
        (Outcome, Error) = (outcome, error);
        var told = Interlocked.Exchange(ref wait, Nobody);
        if (told != Nobody) told?.Done(outcome == Outcome.Interrupted ? error : null);
    }

    /// <summary>An outage interrupted it: it is to be handled again.</summary>
    public void Renew()
    {
        (Outcome, Error) = (Outcome.None, null);
        Volatile.Write(ref wait, null);
    }
}

/// <summary>What became of an event.</summary>
internal enum Outcome
{
    None,

    /// <summary>Its consumer returned.</summary>
    Handled,

    /// <summary>Its consumer threw until all patience was used up: it is to be parked.</summary>
    Failed,

    /// <summary>One before it is parked: so is it.</summary>
    Behind,

    /// <summary>An outage kept it from being handled.</summary>
    Interrupted,
}

/// <summary>How much of a slice is not finished.</summary>
internal sealed class SliceWait
{
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int open = 1;
    private volatile Exception? outage;

    /// <summary>Completes when everything is finished, handled or not.</summary>
    public Task Finished => finished.Task;

    /// <summary>What interrupted some of it; null when nothing did.</summary>
    public Exception? Outage => outage;

    /// <summary>What is not finished.</summary>
    public int Open => Volatile.Read(ref open);

    public void Add() => Interlocked.Increment(ref open);

    public void Done(Exception? interruption = null)
    {
        if (interruption is not null) outage = interruption;
        if (Interlocked.Decrement(ref open) == 0) finished.TrySetResult();
    }
}
