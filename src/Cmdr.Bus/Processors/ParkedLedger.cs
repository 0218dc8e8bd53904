using Microsoft.Extensions.Logging;

namespace Cmdr.Bus;

/// <summary>
/// What a group has parked of the partitions that this host owns, as the topic <c>parked</c> says: read from the beginning when a partition is assigned, and
/// followed. Nothing is believed that was not read back, so that whoever owns the partition next believes the same.
/// </summary>
internal sealed partial class ParkedLedger(ILog log, string group, Action<int, bool> changed, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<int, ParkedPartition> owned = [];
    private readonly HashSet<Guid> expected = [];
    private TaskCompletionSource caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource stop = new();
    private Task following = Task.CompletedTask;
    private Cursor? read;

    /// <summary>How many events of the partitions that this host owns are parked.</summary>
    public int Count
    {
        get
        {
            lock (gate) return owned.Values.Sum(partition => partition.Subjects.Sum(parked => parked.Events.Count));
        }
    }

    /// <summary>What of a partition's subjects is parked.</summary>
    public IReadOnlyDictionary<Subject, ParkedSubject> Of(int partition)
    {
        lock (gate) return owned.TryGetValue(partition, out var parked) ? parked.Snapshot : ParkedPartition.Nothing;
    }

    /// <summary>Reads partitions that this host has come to own: whoever had them before can add no more.</summary>
    public async Task Restore(IReadOnlyCollection<int> partitions, CancellationToken cancellationToken)
    {
        await StopFollowing().ConfigureAwait(false);
        try
        {
            await ReadFromTheBeginning(partitions, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Forget(partitions);
            throw;
        }
        finally
        {
            // Also where that failed: the other partitions go on.
            stop = new();
            following = read is null ? Task.CompletedTask : Task.Run(() => Follow(stop.Token), CancellationToken.None);
        }
    }

    public void Forget(IEnumerable<int> partitions)
    {
        lock (gate)
        {
            foreach (var partition in partitions) owned.Remove(partition);
        }
    }

    /// <summary>These records will be on the log: what is done next is done with them read back.</summary>
    public void Expect(IEnumerable<Guid> ids)
    {
        lock (gate)
        {
            expected.UnionWith(ids);
            if (caughtUp.Task.IsCompleted && expected.Count > 0) caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>These records are not on the log after all.</summary>
    public void Withdraw(IEnumerable<Guid> ids)
    {
        lock (gate)
        {
            expected.ExceptWith(ids);
            if (expected.Count == 0) caughtUp.TrySetResult();
        }
    }

    /// <summary>Waits until everything expected is read back.</summary>
    /// <exception cref="LogException">It was not in 10 s.</exception>
    public async ValueTask CatchUp(CancellationToken cancellationToken)
    {
        Task reading;
        lock (gate)
        {
            if (expected.Count == 0) return;
            reading = caughtUp.Task;
        }

        try
        {
            await reading.WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new LogException($"What {group} parked could not be read back from {Topics.Parked} within {Patience.TotalSeconds} s.", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopFollowing().ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task ReadFromTheBeginning(IReadOnlyCollection<int> partitions, CancellationToken cancellationToken)
    {
        var end = await log.EndOf(Topics.Parked, cancellationToken).ConfigureAwait(false);
        lock (gate)
        {
            // All that was committed is below the end.
            expected.Clear();
            caughtUp.TrySetResult();
            foreach (var partition in partitions) owned[partition] = new(group);
            read = end with { Next = [.. end.Next.Select((next, partition) => owned.TryGetValue(partition, out var parked) ? Math.Min(parked.Next, next) : next)] };
        }

        if (read.Covers(end)) return;
        await foreach (var page in log.Read(read, cancellationToken).ConfigureAwait(false))
        {
            Fold(page);
            if (page.Cursor.Covers(end)) return;
        }
    }

    private async Task StopFollowing()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await following.ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task Follow(CancellationToken cancellationToken)
    {
        var pause = ShortestPause;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var page in log.Read(read!, cancellationToken).ConfigureAwait(false)) // Restore set it
                {
                    foreach (var (partition, isReady) in Fold(page)) changed(partition, isReady);
                    pause = ShortestPause;
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (pause == ShortestPause) LogUnread(exception, group);
                await Task.Delay(pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (OperationCanceledException)
            {
                // It is stopped: the loop ends.
            }
        }
    }

    /// <returns>The partitions in which something changed, and whether they have parked events that are to be handled now.</returns>
    private List<(int Partition, bool IsReady)> Fold(LogPage page)
    {
        var touched = new HashSet<int>();
        lock (gate)
        {
            foreach (var logged in page.Records)
            {
                if (owned.TryGetValue(logged.Position.Partition, out var partition) && partition.Apply(logged)) touched.Add(logged.Position.Partition);
                if (expected.Count > 0 && CloudEventBinding.TryRead(logged.Record, out var envelope, out _)) expected.Remove(envelope.Id);
            }

            read = page.Cursor;
            foreach (var (number, partition) in owned) partition.Reach(page.Cursor.Next[number]);
            if (expected.Count == 0) caughtUp.TrySetResult();
            return [.. touched.Select(number => (number, owned[number].IsReady))];
        }
    }

    [LoggerMessage(LogLevel.Error, "What {Group} parked cannot be followed on the log. It is tried again until it can.")]
    private partial void LogUnread(Exception exception, string group);
}
