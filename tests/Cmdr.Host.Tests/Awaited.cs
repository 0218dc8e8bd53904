using System.Diagnostics;

namespace Cmdr.Host.Tests;

/// <summary>Waits that end: what takes too long says what was waited for.</summary>
internal static class Awaited
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Looks again and again until it is so.</summary>
    internal static async Task Until(string what, Func<Task<bool>> isSo, CancellationToken stop)
    {
        for (var watch = Stopwatch.StartNew(); !await isSo(); await Task.Delay(100, stop))
        {
            if (watch.Elapsed > Limit) throw new TimeoutException($"It was not so within {Limit.TotalSeconds} s: {what}.");
        }
    }

    /// <summary>Ends what is given no more time.</summary>
    internal static async Task<T> Within<T>(string what, Func<CancellationToken, Task<T>> wait, CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(Limit);
        try
        {
            return await wait(limited.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException($"It did not end within {Limit.TotalSeconds} s: {what}.");
        }
    }

    internal static Task Within(string what, Func<CancellationToken, Task> wait, CancellationToken stop) => Within(
        what,
        async limited =>
        {
            await wait(limited);
            return true;
        },
        stop);
}
