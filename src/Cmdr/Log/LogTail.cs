namespace Cmdr;

/// <summary>
/// The one shared reader of a topic in a host: everyone who follows the topic live shares its reads. A follower that is behind what the tail still holds, or
/// too slow for it, is caught up from the log by itself: nothing is ever dropped.
/// </summary>
public sealed class LogTail
{
    /// <summary>A tail of <paramref name="topic"/>.</summary>
    public LogTail(ILog log, string topic) => _ = (log, topic);

    /// <summary>Starts reading at the end as of now; returns once it is known, so that nothing appended later is missed.</summary>
    public Task Start(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>How far the tail has come: where a follower that wants only what is new begins.</summary>
    public Cursor Now => throw new NotImplementedException();

    /// <summary>Follows the topic after a cursor: history from the log, then live; no gap, no duplicate, in order per partition.</summary>
    /// <exception cref="CursorException">The cursor is of another log, or past the end.</exception>
    public IAsyncEnumerable<TailPage> Follow(Cursor after, CancellationToken cancellationToken) => throw new NotImplementedException();
}

/// <summary>Records read once and decoded once for all followers; the same object for each of them.</summary>
/// <param name="Records">With their envelopes; records that are no messages of the contract are left out. Empty where the page only tells progress.</param>
/// <param name="Cursor">After the page.</param>
public sealed record TailPage(IReadOnlyList<HistoryRecord> Records, Cursor Cursor);
