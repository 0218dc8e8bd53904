namespace Cmdr;

/// <summary>A partition in the hands of one member: a new object for each assignment, so that the object itself is the fence.</summary>
internal sealed class MemoryPartition(MemoryMember member, TopicPartition partition, long? groupPosition) : IOwnedPartition
{
    public TopicPartition Partition => partition;

    public bool IsOf(MemoryMember other) => member == other;

    public long? GroupPosition => groupPosition;

    /// <summary>The next offset to deliver.</summary>
    public long Next { get; set; } = groupPosition ?? 0;

    /// <summary>True once the consumer has taken the assignment.</summary>
    public bool Started { get; set; }

    /// <summary>True once a slice has held it: nothing more is delivered of it until it is assigned again.</summary>
    public bool Held { get; set; }

    /// <summary>The slices that were asked for.</summary>
    public SliceRequests Requests { get; } = new();

    public void RequestSlice(DateTimeOffset due)
    {
        Requests.Add(due);
        member.Wake();
    }
}
