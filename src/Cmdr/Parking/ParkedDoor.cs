namespace Cmdr;

/// <summary>The door to what is parked, over nothing but the log: what it has read so far is only a head start for the next who asks.</summary>
internal sealed class ParkedDoor(ILog log, TimeProvider time) : IParked, IDisposable
{
    private readonly SemaphoreSlim reading = new(1, 1);
    private ParkedSubjects queues = new();
    private Cursor? read;

    public async Task<ParkedPage> List(ParkedFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(page);
        return ParkedPages.Of(await Now(all => all.All.ToList(), cancellationToken).ConfigureAwait(false), filter, page);
    }

    public Task<Position?> Retry(string group, Subject subject, string? actor, CancellationToken cancellationToken) =>
        Request(new ParkedRetryRequested(group), subject, null, actor, cancellationToken);

    public Task<Position?> Drop(string group, Subject subject, Position? position, string? actor, CancellationToken cancellationToken) =>
        Request(new ParkedEventsDropped(group, position?.ToString()), subject, position, actor, cancellationToken);

    public void Dispose() => reading.Dispose();

    private async Task<Position?> Request(Parking request, Subject subject, Position? position, string? actor, CancellationToken cancellationToken)
    {
        var queue = await Now(all => all.Find(request.Group, subject), cancellationToken).ConfigureAwait(false);
        if (queue is null || (position is { } one && !queue.Events.ContainsKey(one))) return null;
        var record = CloudEventBinding.Write(ParkingRecords.Of(request, subject, time.GetUtcNow(), actor: actor));
        return (await log.Append(Topics.Parked, [record], cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>Reads on to the end as of now, and then asks; a log that was recreated is read anew.</summary>
    private async Task<T> Now<T>(Func<ParkedSubjects, T> ask, CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var end = await log.EndOf(Topics.Parked, cancellationToken).ConfigureAwait(false);
            if (read is null || read.Log != end.Log || !end.Covers(read)) (queues, read) = (new(), end with { Next = [.. end.Next.Select(_ => 0L)] });
            if (!read.Covers(end)) await ReadOn(read, end, cancellationToken).ConfigureAwait(false);
            return ask(queues);
        }
        finally
        {
            reading.Release();
        }
    }

    private async Task ReadOn(Cursor after, Cursor end, CancellationToken cancellationToken)
    {
        await foreach (var page in log.Read(after, cancellationToken).ConfigureAwait(false))
        {
            foreach (var logged in page.Records.Where(logged => end.Includes(logged.Position))) queues.Apply(logged);
            // No further than the end that was asked for: what a page has beyond it is read by the next who asks.
            read = page.Cursor with { Next = [.. page.Cursor.Next.Zip(end.Next, Math.Min)] };
            if (page.Cursor.Covers(end)) return;
        }
    }
}
