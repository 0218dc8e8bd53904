namespace Cmdr;

/// <summary>A partition in the hands of one member: a new object for each assignment, so that the object itself is the fence.</summary>
internal sealed class MemoryPartition(MemoryMember member, TopicPartition partition, long? groupPosition) : IOwnedPartition
{
    private readonly Lock gate = new();
    private readonly SortedSet<DateTimeOffset> requests = [];

    public TopicPartition Partition => partition;

    public bool IsOf(MemoryMember other) => member == other;

    public long? GroupPosition => groupPosition;

    /// <summary>The next offset to deliver.</summary>
    public long Next { get; set; } = groupPosition ?? 0;

    /// <summary>True once the consumer has taken the assignment.</summary>
    public bool Started { get; set; }

    /// <summary>True once a slice has held it: nothing more is delivered of it until it is assigned again.</summary>
    public bool Held { get; set; }

    public void RequestSlice(DateTimeOffset due)
    {
        lock (gate) requests.Add(due);
        member.Wake();
    }

    /// <summary>Takes the requests that are due; null when none is.</summary>
    public DateTimeOffset? TakeDue(DateTimeOffset now)
    {
        lock (gate)
        {
            if (requests.Count == 0 || requests.Min > now) return null;
            var earliest = requests.Min;
            requests.RemoveWhere(due => due <= now);
            return earliest;
        }
    }

    /// <summary>When the next slice is due; null when none was asked for.</summary>
    public DateTimeOffset? NextDue()
    {
        lock (gate) return requests.Count == 0 ? null : requests.Min;
    }
}
