using System.Diagnostics.CodeAnalysis;

namespace Cmdr.Bus;

/// <summary>What is being done of one partition: from when this host owns it until it is another's, across the slices that bring its events.</summary>
internal sealed class PartitionWork(IOwnedPartition owned) : IDisposable
{
    private readonly Dictionary<ReadOnlyMemory<byte>, SubjectChain> chains = new(KeyBytes.Instance);
    private readonly List<WorkItem> items = [];
    private readonly Dictionary<Position, WorkItem> retried = [];
    private readonly CancellationTokenSource gone = new();
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int running = 1;
    private long next;
    private bool isOwed;

    /// <summary>Cancelled when the partition is no longer this host's.</summary>
    public CancellationToken Gone => gone.Token;

    public int Number => owned.Partition.Partition;

    /// <summary>Events that slices brought, in their order, below one offset.</summary>
    public IEnumerable<WorkItem> Below(long offset) => items.TakeWhile(item => item.Position.Offset < offset);

    /// <summary>What became of a parked event that is tried again; null when it is not.</summary>
    public WorkItem? Retried(Position position) => retried.GetValueOrDefault(position);

    /// <summary>True when a slice brought the event before, and it has not been committed since.</summary>
    public bool Knows(long offset) => offset < next;

    /// <summary>Everything that a slice up to an offset waits for, what earlier slices brought included.</summary>
    public void Join(SliceWait wait, long offset)
    {
        foreach (var chain in chains.Values) chain.Renew();
        foreach (var item in Below(offset)) item.Join(wait);
    }

    public void Add(WorkItem item, ReadOnlyMemory<byte> key)
    {
        if (item.IsRetried) retried.Add(item.Position, item);
        else items.Add(item);
        if (!chains.TryGetValue(key, out var chain)) chains.Add(key, chain = new(this));
        chain.Add(item);
    }

    /// <summary>The partition's events have been seen up to here.</summary>
    public void Reach(long offset) => next = Math.Max(next, offset);

    /// <summary>What has events and is not run is run.</summary>
    public void Start(Lanes lanes) => lanes.Run([.. chains.Values.Where(chain => chain.TryStart())]);

    /// <summary>A slice up to an offset is committed: its events are done with.</summary>
    public void Commit(long offset)
    {
        items.RemoveRange(0, Below(offset).Count());
        foreach (var done in retried.Values.Where(item => item.Outcome is not (Outcome.None or Outcome.Interrupted)).ToList())
        {
            retried.Remove(done.Position);
            isOwed |= done.Outcome == Outcome.Behind;
        }

        if (items.Count > 0 || retried.Count > 0) return;
        chains.Clear();
        if (!isOwed) return;
        // Something was to be tried again while its subject was blocked by what is committed only now.
        isOwed = false;
        RequestSlice(DateTimeOffset.MinValue);
    }

    public void RequestSlice(DateTimeOffset due) => owned.RequestSlice(due);

    /// <summary>A subject is being handled.</summary>
    public void Enter() => Interlocked.Increment(ref running);

    /// <summary>A subject is handled no more, for now.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref running) == 0) idle.TrySetResult();
    }

    /// <summary>The partition is another's: nothing more of it begins here, and what is being handled is asked to end.</summary>
    /// <returns>Completes when nothing of it is being handled any more.</returns>
    public async Task End()
    {
        await gone.CancelAsync().ConfigureAwait(false);
        Leave();
        await idle.Task.ConfigureAwait(false);
    }

    public void Dispose() => gone.Dispose();

    /// <summary>Compares keys as the bytes that they are on the log.</summary>
    private sealed class KeyBytes : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static KeyBytes Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode([DisallowNull] ReadOnlyMemory<byte> obj)
        {
            var hash = default(HashCode); // seeded per process, so that senders cannot choose keys that collide
            hash.AddBytes(obj.Span);
            return hash.ToHashCode();
        }
    }
}
