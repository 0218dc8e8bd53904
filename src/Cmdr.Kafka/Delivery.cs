namespace Cmdr.Kafka;

/// <summary>A slice while it is in hand.</summary>
/// <param name="slice">What the consumer gets.</param>
/// <param name="fence">Its partitions, as they were assigned.</param>
/// <param name="requested">Of these, the ones whose slice was asked for, and when it was due.</param>
internal sealed class Delivery(Slice slice, IReadOnlyList<OwnedPartition> fence, IReadOnlyDictionary<OwnedPartition, DateTimeOffset> requested) : IDisposable
{
    private CancellationTokenSource? giveUp;

    internal Slice Slice => slice;

    internal IReadOnlyList<OwnedPartition> Fence => fence;

    /// <summary>The handler's work; null before it began.</summary>
    internal Task? Work { get; private set; }

    /// <summary>True once it was committed or aborted.</summary>
    internal bool IsSettled { get; set; }

    internal void Begin(ILogConsumer consumer, CancellationToken stop)
    {
        giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            Work = consumer.Consume(slice, giveUp.Token).AsTask();
        }
        catch (Exception exception)
        {
            Work = Task.FromException(exception);
        }
    }

    /// <summary>Waits on this thread until the handler has ended; false when it has not within the time.</summary>
    internal bool HasEnded(TimeSpan within) => Work!.IsCompleted || ((IAsyncResult)Work).AsyncWaitHandle.WaitOne(within); // begun

    /// <summary>Waits on this thread until the handler has ended, and asks it to give up when that takes longer than <paramref name="grace"/>.</summary>
    internal void End(TimeSpan grace)
    {
        if (HasEnded(grace)) return;
        giveUp!.Cancel(); // begun
        HasEnded(Timeout.InfiniteTimeSpan);
    }

    /// <summary>What was asked for was not served.</summary>
    internal void AskAgain()
    {
        foreach (var (owned, due) in requested) owned.RequestSlice(due);
    }

    public void Dispose() => giveUp?.Dispose();
}
