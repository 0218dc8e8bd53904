namespace Cmdr.Kafka;

/// <summary>Makes slices of what is fetched and what was asked for.</summary>
internal sealed class SliceMaker(LogGroup group, Holdings holdings, ILogConsumer handler, TimeProvider time)
{
    /// <summary>How long a partition is still before its position follows the end past what holds no record: at once, it would double the slices.</summary>
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(1);

    private int first;

    /// <summary>A slice; null when there is nothing for one.</summary>
    internal Delivery? Next()
    {
        var delivering = holdings.Delivering;
        if (delivering.Count == 0) return null;
        // Begins with another partition each time, so that a full one does not starve the others.
        first = (first + 1) % delivering.Count;
        var making = new Making(Math.Min(group.MaxSliceRecords, handler.SliceRecords), group.MaxSliceBytes, time.GetUtcNow());
        for (var i = 0; i < delivering.Count; i++) making.Add(delivering[(first + i) % delivering.Count]);
        if (making.Positions.Count == 0) return null;
        var slice = new Slice(making.Records, making.Positions, [.. making.Requested.Keys.Select(owned => owned.Partition)])
        {
            TakesOutputs = group.Keeping == PositionKeeping.WithOutputs,
        };
        return new(slice, making.Fence, making.Requested);
    }

    /// <summary>How long to wait for records: until the next slice that was asked for, at most.</summary>
    internal TimeSpan UntilDue(TimeSpan longest)
    {
        if (holdings.Delivering.Min(owned => owned.Requests.Earliest) is not { } due) return longest;
        var wait = due - time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait < longest ? wait : longest;
    }

    private sealed class Making(int mostRecords, int mostBytes, DateTimeOffset now)
    {
        private int bytesLeft = mostBytes;

        internal List<LoggedRecord> Records { get; } = [];

        internal Dictionary<TopicPartition, long> Positions { get; } = [];

        internal List<OwnedPartition> Fence { get; } = [];

        internal Dictionary<OwnedPartition, DateTimeOffset> Requested { get; } = [];

        internal void Add(OwnedPartition owned)
        {
            var next = Take(owned);
            if (owned.Requests.TakeDue(now) is { } due) Requested.Add(owned, due);
            else if (next == owned.Next) return;
            Positions.Add(owned.Partition, next);
            Fence.Add(owned);
        }

        /// <summary>The position after what is taken of a partition.</summary>
        private long Take(OwnedPartition owned)
        {
            var next = owned.Next;
            foreach (var (record, bytes) in owned.Fetched)
            {
                if (Records.Count == mostRecords || (Records.Count > 0 && bytes > bytesLeft)) return next;
                bytesLeft -= bytes;
                Records.Add(record);
                next = record.Position.Offset + 1;
            }

            return owned.Fetched.Count == 0 && owned.Still >= Still ? Math.Max(next, owned.Passed) : next;
        }
    }
}
