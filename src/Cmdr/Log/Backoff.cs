namespace Cmdr;

/// <summary>How long to wait before the next try: 50 ms, doubled by each failure up to 2 s, a little at random so that hosts do not return together.</summary>
/// <remarks>By the machine's clock: how soon a server answers again has nothing to do with the time of the domain.</remarks>
public sealed class Backoff
{
    private const double First = 50;
    private const double Longest = 2000;
    private const int MostDoublings = 10;

    private int failures;

    /// <summary>True after a failure, until <see cref="Reset"/>.</summary>
    public bool IsBackingOff => Volatile.Read(ref failures) > 0;

    /// <summary>Begins anew; true when there had been failures.</summary>
    public bool Reset() => Interlocked.Exchange(ref failures, 0) > 0;

    /// <summary>How long to wait after one more failure.</summary>
    public TimeSpan Next()
    {
        var doubled = First * Math.Pow(2, Math.Min(failures++, MostDoublings));
        return TimeSpan.FromMilliseconds(Math.Min(Longest, doubled) * (0.75 + (Random.Shared.NextDouble() / 2)));
    }

    /// <summary>Waits as long as <see cref="Next"/> says.</summary>
    public Task Wait(CancellationToken cancellationToken) => Task.Delay(Next(), cancellationToken);
}
