using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmdr;

/// <summary>
/// The one shared reader of a topic in a host: everyone who follows the topic live shares its reads. It begins to read when the first one asks: a host in which
/// nobody waits or listens reads nothing. A follower that is behind what the tail still holds, or too slow for it, is caught up from the log by itself:
/// nothing is ever dropped.
/// </summary>
public sealed partial class LogTail : IAsyncDisposable
{
    private const int MaxRecords = 64 * 1024;
    private const long MaxBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ILog log;
    private readonly string topic;
    private readonly ILogger logger;
    private readonly TailRing ring;
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim starting = new(1, 1);
    private Task reading = Task.CompletedTask;
    private int disposed;

    /// <summary>A tail of <paramref name="topic"/>.</summary>
    public LogTail(ILog log, string topic, ILogger<LogTail>? logger = null)
        : this(log, topic, logger, MaxRecords, MaxBytes) { }

    internal LogTail(ILog log, string topic, ILogger<LogTail>? logger, int maxRecords, long maxBytes) =>
        (this.log, this.topic, this.logger, ring) = (log, topic, logger ?? NullLogger<LogTail>.Instance, new(maxRecords, maxBytes));

    /// <summary>How far the tail has come: where a follower that wants only what is new begins. Nothing that is appended after the call began is before it.</summary>
    /// <exception cref="ObjectDisposedException">The tail has ended.</exception>
    public async ValueTask<Cursor> Now(CancellationToken cancellationToken) =>
        await Begun(cancellationToken).ConfigureAwait(false) ?? throw new ObjectDisposedException(nameof(LogTail));

    /// <summary>Follows the topic after a cursor: history from the log, then live; no gap, no duplicate, in order per partition. Ends with the tail.</summary>
    /// <exception cref="CursorException">The cursor is of another log, or past the end; also while following, when the log was recreated.</exception>
    public async IAsyncEnumerable<TailPage> Follow(Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(after);
        if (after.Topic != topic) throw new CursorException(CursorException.Malformed, $"The cursor is of {after.Topic}, not of {topic}.");
        if (await Begun(cancellationToken).ConfigureAwait(false) is null) yield break;
        var link = ring.Join(after, ahead: false);
        while (!stop.IsCancellationRequested)
        {
            if (link is null)
            {
                await foreach (var page in log.Read(after, cancellationToken).ConfigureAwait(false))
                {
                    after = page.Cursor;
                    yield return new(page);
                    link = ring.Join(after, ahead: true);
                    if (link is not null || stop.IsCancellationRequested) break;
                }
            }
            else
            {
                var had = link.Cursor;
                link = await link.Next.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (link?.Page is not { } next) link = null;
                else if (NewIn(next, had, after) is { } page) yield return Advance(page, out after);
            }
        }
    }

    /// <summary>Stops reading; followers come to their end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1) return;
        await stop.CancelAsync().ConfigureAwait(false);
        await starting.WaitAsync().ConfigureAwait(false);
        starting.Release();
        await reading.ConfigureAwait(false);
        ring.End();
        stop.Dispose();
    }

    /// <summary>How far the tail has come, which begins with the first who asks; null when it has ended.</summary>
    private async ValueTask<Cursor?> Begun(CancellationToken cancellationToken)
    {
        if (ring.Now is { } now) return now;
        await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (stop.IsCancellationRequested) return null;
            if (ring.Now is { } already) return already;
            var end = await log.EndOf(topic, cancellationToken).ConfigureAwait(false);
            ring.Begin(end);
            reading = Task.Run(() => Run(stop.Token), CancellationToken.None);
            return end;
        }
        finally
        {
            starting.Release();
        }
    }

    /// <summary>The page without what a follower at <paramref name="after"/>, who came to it from <paramref name="had"/>, has had by itself; null when that is all.</summary>
    private static TailPage? NewIn(TailPage page, Cursor had, Cursor after)
    {
        if (ReferenceEquals(had, after) || had.Covers(after)) return page;
        var fresh = page.Records.Where(record => !after.Includes(record.Position)).ToList();
        var next = after with { Next = [.. after.Next.Zip(page.Cursor.Next, Math.Max)] };
        return fresh.Count == 0 && next == after ? null : new(fresh, next);
    }

    private static TailPage Advance(TailPage page, out Cursor after)
    {
        after = page.Cursor;
        return page;
    }

    private async Task Run(CancellationToken cancellationToken)
    {
        var (pause, anew) = (ShortestPause, false);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (anew) ring.Begin(await log.EndOf(topic, cancellationToken).ConfigureAwait(false));
                anew = false;
                await foreach (var page in log.Read(ring.Now!, cancellationToken).ConfigureAwait(false)) // begun before it runs
                {
                    ring.Add(new(page), page.Records.Sum(record => (long)record.Record.Bytes));
                    pause = ShortestPause;
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The log was recreated, or lost its tail: whoever follows hears it from the log, which refuses its cursor.
                anew |= e is CursorException;
                Failed(e, topic, pause.TotalMilliseconds);
                await Task.Delay(pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "The tail of {Topic} stopped reading; it goes on in {Pause} ms.")]
    private partial void Failed(Exception exception, string topic, double pause);
}

/// <summary>Records read once for all followers, and decoded once, when the first of them looks: a host in which nobody waits or listens decodes nothing.</summary>
public sealed class TailPage
{
    private readonly Lazy<IReadOnlyList<HistoryRecord>> records;

    /// <summary>A page of records that are decoded.</summary>
    public TailPage(IReadOnlyList<HistoryRecord> records, Cursor cursor)
    {
        ArgumentNullException.ThrowIfNull(records);
        (this.records, Cursor, Weight) = (new(records), cursor, records.Count);
    }

    internal TailPage(LogPage page) => (records, Cursor, Weight) = (new(() => Decode(page.Records)), page.Cursor, page.Records.Count);

    /// <summary>With their envelopes; records that are no messages of the contract are left out. Empty where the page only tells progress.</summary>
    public IReadOnlyList<HistoryRecord> Records => records.Value;

    /// <summary>After the page.</summary>
    public Cursor Cursor { get; }

    /// <summary>How many records it was read as.</summary>
    internal int Weight { get; }

    private static List<HistoryRecord> Decode(IReadOnlyList<LoggedRecord> logged)
    {
        var decoded = new List<HistoryRecord>(logged.Count);
        foreach (var record in logged)
        {
            if (CloudEventBinding.TryRead(record.Record, out var envelope, out _)) decoded.Add(new(record.Position, envelope));
        }

        return decoded;
    }
}
