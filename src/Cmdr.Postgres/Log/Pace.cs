using System.Diagnostics;

namespace Cmdr.Postgres;

/// <summary>When something that failed is due to be tried again, for a loop that goes on with other things meanwhile.</summary>
internal sealed class Pace
{
    private readonly Backoff backoff = new();
    private TimeSpan pause;
    private long failedAt;

    /// <summary>How long until it is due.</summary>
    internal TimeSpan Left => Stopwatch.GetElapsedTime(failedAt) is var elapsed && elapsed < pause ? pause - elapsed : TimeSpan.Zero;

    /// <summary>It failed: it is due later, and later each time; true when it had not failed before.</summary>
    internal bool Failed()
    {
        var isFirst = !backoff.IsBackingOff;
        (pause, failedAt) = (backoff.Next(), Stopwatch.GetTimestamp());
        return isFirst;
    }

    /// <summary>It did not fail: it is due at once.</summary>
    internal void Reset()
    {
        backoff.Reset();
        pause = TimeSpan.Zero;
    }
}
