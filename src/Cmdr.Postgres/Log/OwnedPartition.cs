namespace Cmdr.Postgres;

/// <summary>A partition in the hands of this member: a new object for each assignment.</summary>
internal sealed class OwnedPartition(TopicPartition partition, ClaimedLease lease, bool keepsPosition, Action wake) : IOwnedPartition
{
    private readonly Lock gate = new();
    private readonly SortedSet<DateTimeOffset> requests = [];

    public TopicPartition Partition => partition;

    public long? GroupPosition { get; } = keepsPosition ? lease.Next : null;

    internal LeaseKey Key => lease.Key;

    internal long Epoch { get; set; } = lease.Epoch;

    /// <summary>How many slices were committed for the partition, by all members together.</summary>
    internal long Commits { get; set; } = lease.Commits;

    /// <summary>The next offset to deliver.</summary>
    internal long Next { get; set; } = keepsPosition ? lease.Next ?? 0 : 0;

    /// <summary>True once the consumer has taken the assignment.</summary>
    internal bool Started { get; set; }

    /// <summary>True while the consumer's own beginning was not held against the end of the partition.</summary>
    internal bool IsUnchecked { get; set; }

    /// <summary>True once a slice has held it: nothing more is delivered of it until it is assigned again.</summary>
    internal bool Held { get; set; }

    /// <summary>The earliest slice that was asked for; null when none was.</summary>
    internal DateTimeOffset? Due
    {
        get
        {
            lock (gate) return requests.Count == 0 ? null : requests.Min;
        }
    }

    public void RequestSlice(DateTimeOffset due)
    {
        lock (gate) requests.Add(due);
        wake();
    }

    /// <summary>Takes what is due: one slice serves it all.</summary>
    /// <returns>The earliest, to ask for it again should the slice not be committed; null when nothing is due.</returns>
    internal DateTimeOffset? TakeDue(DateTimeOffset now)
    {
        lock (gate)
        {
            if (requests.Count == 0 || requests.Min > now) return null;
            var earliest = requests.Min;
            requests.RemoveWhere(due => due <= now);
            return earliest;
        }
    }
}
