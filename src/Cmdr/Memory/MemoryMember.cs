namespace Cmdr;

/// <summary>One member of a group: a loop that takes what is assigned, gives back what moves on, and hands slices to the consumer.</summary>
internal sealed class MemoryMember(MemoryGroup group, LogGroup settings, ILogConsumer consumer, TimeProvider time)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly HashSet<MemoryPartition> owned = [];
    private TimeSpan pause = ShortestPause;
    private int first;

    public Signal Signal { get; } = new();

    public void Wake() => Signal.Set();

    public bool Owns(MemoryPartition partition) => partition.IsOf(this);

    public async Task Run(CancellationToken cancellationToken)
    {
        group.Join(this, settings);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await Move(cancellationToken).ConfigureAwait(false);
                if (Next() is not { } delivery) await Idle(cancellationToken).ConfigureAwait(false);
                else await Handle(delivery, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancelling is how a member is asked to leave.
        }
        finally
        {
            await Leave().ConfigureAwait(false);
        }
    }

    /// <summary>Hears what was lost, gives back what moves on, and takes what became this member's.</summary>
    private async Task Move(CancellationToken cancellationToken)
    {
        if (!group.Has(this))
        {
            await Forget().ConfigureAwait(false);
            group.Rejoin(this);
        }

        await GiveBack([.. owned.Where(partition => group.IsLeaving(this, partition))]).ConfigureAwait(false);
        owned.UnionWith(group.Acquire(this));
        if (owned.Any(partition => !partition.Started)) await Start([.. owned.Where(partition => !partition.Started)], cancellationToken).ConfigureAwait(false);
    }

    private async Task Start(IReadOnlyList<MemoryPartition> starting, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<TopicPartition, long> starts;
        try
        {
            starts = await consumer.Assigned(starting, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            await Pause(cancellationToken).ConfigureAwait(false);
            Wake();
            return;
        }

        foreach (var partition in starting)
        {
            if (starts.TryGetValue(partition.Partition, out var start)) partition.Next = start;
            group.CheckStart(partition);
            partition.Started = true;
        }
    }

    private Delivery? Next()
    {
        var (records, bytesLeft, now) = (new List<LoggedRecord>(), settings.MaxSliceBytes, time.GetUtcNow());
        var (positions, fence) = (new Dictionary<TopicPartition, long>(), new List<MemoryPartition>());
        var requested = new Dictionary<MemoryPartition, DateTimeOffset>();
        var most = Math.Min(settings.MaxSliceRecords, consumer.SliceRecords);
        var started = owned.Where(partition => partition is { Started: true, Held: false }).OrderBy(partition => partition.Partition).ToList();
        // Each slice begins with another partition, so that a busy one cannot starve the rest.
        first = started.Count == 0 ? 0 : (first + 1) % started.Count;
        foreach (var partition in started.Skip(first).Concat(started.Take(first)))
        {
            var next = bytesLeft > 0 ? group.Take(partition, records, most, ref bytesLeft) : partition.Next;
            if (partition.Requests.TakeDue(now) is { } due) requested.Add(partition, due);
            else if (next == partition.Next) continue;
            positions.Add(partition.Partition, next);
            fence.Add(partition);
        }

        if (fence.Count == 0) return null;
        var slice = new Slice(records, positions, [.. requested.Keys.Select(partition => partition.Partition)])
        {
            TakesOutputs = settings.Keeping == PositionKeeping.WithOutputs,
        };
        return new(slice, fence, requested);
    }

    private async Task Handle(Delivery delivery, CancellationToken cancellationToken)
    {
        if (await TryConsume(delivery.Slice, cancellationToken).ConfigureAwait(false) && group.TryCommit(delivery.Fence, delivery.Slice))
        {
            foreach (var partition in delivery.Fence)
            {
                partition.Next = delivery.Slice.Positions[partition.Partition];
                partition.Held = delivery.Slice.Held.ContainsKey(partition.Partition);
            }

            pause = ShortestPause;
            await consumer.Committed(delivery.Slice, CancellationToken.None).ConfigureAwait(false);
            return;
        }

        delivery.Slice.Reset();
        foreach (var (partition, due) in delivery.Requested) partition.RequestSlice(due);
        await consumer.Aborted(delivery.Slice, CancellationToken.None).ConfigureAwait(false);
        await Pause(cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TryConsume(Slice slice, CancellationToken cancellationToken)
    {
        try
        {
            await consumer.Consume(slice, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            // The seam's rule: what a consumer throws aborts the slice. Whoever consumes tells of it; the records come again.
            return false;
        }
    }

    private async Task Idle(CancellationToken cancellationToken)
    {
        var due = owned.Where(partition => !partition.Held).Min(partition => partition.Requests.Earliest);
        if (due is null)
        {
            await Signal.Wait(cancellationToken).ConfigureAwait(false);
            return;
        }

        var wait = due.Value - time.GetUtcNow();
        if (wait > LongestTimer) wait = LongestTimer;
        if (wait < TimeSpan.FromMilliseconds(1)) wait = TimeSpan.FromMilliseconds(1);
        using var timer = time.CreateTimer(_ => Wake(), null, wait, Timeout.InfiniteTimeSpan);
        await Signal.Wait(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Real time, not the log's clock: a pause spares the processor, and a clock that a test has stopped must not stop redelivery.</summary>
    private async Task Pause(CancellationToken cancellationToken)
    {
        var now = pause;
        pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        await Task.Delay(now, cancellationToken).ConfigureAwait(false);
    }

    private async Task GiveBack(IReadOnlyList<MemoryPartition> leaving)
    {
        try
        {
            var known = leaving.Where(partition => partition.Started).Select(partition => partition.Partition).Order().ToList();
            if (known.Count > 0) await consumer.Revoked(known, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            owned.ExceptWith(leaving);
            group.Release(leaving);
        }
    }

    private async Task Forget()
    {
        var lost = owned.Where(partition => partition.Started).Select(partition => partition.Partition).Order().ToList();
        owned.Clear();
        if (lost.Count > 0) await consumer.Lost(lost, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task Leave()
    {
        try
        {
            if (group.Has(this)) await GiveBack([.. owned]).ConfigureAwait(false);
            else await Forget().ConfigureAwait(false);
        }
        finally
        {
            group.Leave(this);
        }
    }

    private sealed record Delivery(Slice Slice, IReadOnlyList<MemoryPartition> Fence, IReadOnlyDictionary<MemoryPartition, DateTimeOffset> Requested);
}
