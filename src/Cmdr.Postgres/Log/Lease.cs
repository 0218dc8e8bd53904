namespace Cmdr.Postgres;

/// <summary>A partition of a topic, by the topic's number.</summary>
internal readonly record struct LeaseKey(short TopicId, int Partition) : IComparable<LeaseKey>
{
    public int CompareTo(LeaseKey other) => (TopicId, Partition).CompareTo((other.TopicId, other.Partition));
}

/// <summary>Who has a partition.</summary>
/// <param name="Key">Which.</param>
/// <param name="Epoch">Rises whenever it changes hands.</param>
/// <param name="Member">Who has it; null when nobody has.</param>
/// <param name="End">The end of the partition.</param>
internal sealed record Lease(LeaseKey Key, long Epoch, Guid? Member, long End);

/// <summary>A lease that this member took.</summary>
internal sealed record ClaimedLease(LeaseKey Key, long Epoch, long Commits, long? Next);
