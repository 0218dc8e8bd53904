namespace Cmdr.Postgres;

/// <summary>A partition in the hands of this member: a new object for each assignment.</summary>
internal sealed class OwnedPartition(TopicPartition partition, ClaimedLease lease, bool keepsPosition, Action wake) : IOwnedPartition
{
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

    /// <summary>The slices that were asked for.</summary>
    internal SliceRequests Requests { get; } = new();

    public void RequestSlice(DateTimeOffset due)
    {
        Requests.Add(due);
        wake();
    }
}
