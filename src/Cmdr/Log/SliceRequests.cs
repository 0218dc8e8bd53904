namespace Cmdr;

/// <summary>The times at which slices of one partition were asked for (<see cref="IOwnedPartition.RequestSlice"/>). May be used from any thread.</summary>
public sealed class SliceRequests
{
    private readonly Lock gate = new();
    private readonly SortedSet<DateTimeOffset> requests = [];

    /// <summary>The earliest that is not served; null when there is none.</summary>
    public DateTimeOffset? Earliest
    {
        get
        {
            lock (gate) return requests.Count == 0 ? null : requests.Min;
        }
    }

    /// <summary>Asks for a slice; earlier requests stay.</summary>
    public void Add(DateTimeOffset due)
    {
        lock (gate) requests.Add(due);
    }

    /// <summary>Takes what is due: one slice serves it all.</summary>
    /// <returns>The earliest, to ask for it again should the slice not be committed; null when nothing is due.</returns>
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
}
