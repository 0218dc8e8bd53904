namespace Cmdr;

/// <summary>The newest pages of a topic, in a chain that followers walk; what falls out of it lets go of its successor, so that nobody can hold it all.</summary>
internal sealed class TailRing(int maxRecords, long maxBytes)
{
    private readonly Lock gate = new();
    private readonly Queue<Link> links = [];
    private Link? newest;
    private int records;
    private long bytes;

    /// <summary>How far the ring has come; null before it began.</summary>
    public Cursor? Now => newest?.Cursor;

    /// <summary>Begins at a cursor, anew if need be.</summary>
    public void Begin(Cursor cursor)
    {
        lock (gate)
        {
            End();
            newest = new(new([], cursor), 0);
            links.Enqueue(newest);
        }
    }

    /// <summary>Adds a page, wakes who waits for it, and drops the oldest beyond the bounds.</summary>
    public void Add(TailPage page, long pageBytes)
    {
        lock (gate)
        {
            var link = new Link(page, pageBytes);
            links.Enqueue(link);
            (records, bytes) = (records + link.Weight, bytes + pageBytes);
            while (links.Count > 1 && (records > maxRecords || bytes > maxBytes))
            {
                var oldest = links.Dequeue();
                (records, bytes) = (records - oldest.Weight, bytes - oldest.Bytes);
                oldest.Drop();
            }

            var waiting = newest!; // Begin comes before Add
            newest = link;
            waiting.Follow(link);
        }
    }

    /// <summary>Ends the chain, and wakes who waits for more.</summary>
    public void End()
    {
        lock (gate)
        {
            newest?.Follow(null);
            while (links.TryDequeue(out var link)) link.Drop();
            (newest, records, bytes) = (null, 0, 0);
        }
    }

    /// <summary>The last link that a follower at <paramref name="after"/> has had; null when the ring begins later than that.</summary>
    /// <param name="after">A cursor of the same log and topic.</param>
    /// <param name="ahead">Whether the follower may be ahead of the ring: true only where the log itself has served the cursor.</param>
    public Link? Join(Cursor after, bool ahead)
    {
        lock (gate)
        {
            if (newest is null || after.Log != newest.Cursor.Log || after.Next.Length != newest.Cursor.Next.Length) return null;
            if (!ahead && !newest.Cursor.Covers(after)) return null;
            if (after.Covers(newest.Cursor)) return newest;
            return links.TakeWhile(link => after.Covers(link.Cursor)).LastOrDefault();
        }
    }

    /// <summary>One page and the way to the next.</summary>
    internal sealed class Link(TailPage page, long bytes)
    {
        private static readonly Task<Link?> Gone = Task.FromResult<Link?>(null);

        private readonly TaskCompletionSource<Link?> following = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile TailPage? page = page;
        private volatile Task<Link?>? next;

        public Cursor Cursor { get; } = page.Cursor;

        public long Bytes { get; } = bytes;

        /// <summary>An empty page takes room too.</summary>
        public int Weight { get; } = Math.Max(1, page.Weight);

        /// <summary>Null once it fell out of the ring.</summary>
        public TailPage? Page => page;

        /// <summary>Gives the next link when there is one; null when this one fell out of the ring, or the ring ended.</summary>
        public Task<Link?> Next => next ?? following.Task;

        public void Follow(Link? link) => following.TrySetResult(link);

        public void Drop() => (page, next) = (null, Gone);
    }
}
