namespace Cmdr.Kafka;

/// <summary>How long to wait before the next try: 50 ms, doubled by each failure up to 2 s, a little at random so that hosts do not return together.</summary>
/// <remarks>By the machine's clock: how soon a broker answers again has nothing to do with the time of the domain.</remarks>
internal sealed class Backoff
{
    private const double First = 50;
    private const double Longest = 2000;

    private int failures;

    internal bool IsBackingOff => Volatile.Read(ref failures) > 0;

    /// <summary>Begins anew; true when there had been failures.</summary>
    internal bool Reset() => Interlocked.Exchange(ref failures, 0) > 0;

    internal TimeSpan Next() =>
        TimeSpan.FromMilliseconds(Math.Min(Longest, First * Math.Pow(2, Math.Min(failures++, 10))) * (0.75 + (Random.Shared.NextDouble() / 2)));

    internal Task Wait(CancellationToken cancellationToken) => Task.Delay(Next(), cancellationToken);
}
