using System.Runtime.CompilerServices;
using Xunit;

namespace Cmdr.Tests;

public sealed class LogTailTests
{
    private const string Topic = Topics.Events;

    private readonly FlawedLog log = new(new(4, TimeProvider.System));
    private int appended;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_follower_gets_history_and_then_what_is_new_without_gap_or_duplicate()
    {
        await Append(1000);
        await using var tail = await Started();
        await Append(1000);
        var following = Follow(tail, await Beginning(), 3000);
        await Append(1000);
        AssertOnceEachInOrder(await following, 3000);
    }

    [Fact]
    public async Task A_follower_from_now_gets_only_what_is_new()
    {
        await Append(100);
        await using var tail = await Started();
        var following = Follow(tail, await tail.Now(CancellationToken), 50);
        await Append(50);
        Assert.Equal(Enumerable.Range(100, 50), (await following).Select(Number).Order());
    }

    [Fact]
    public async Task Followers_that_join_while_records_flow_get_each_record_once()
    {
        await using var tail = await Started();
        var beginning = await Beginning();
        var followers = new List<Task<List<HistoryRecord>>>();
        for (var round = 0; round < 20; round++)
        {
            await Append(50);
            followers.Add(Follow(tail, beginning, 1000));
        }

        foreach (var follower in followers) AssertOnceEachInOrder(await follower, 1000);
    }

    [Fact]
    public async Task Followers_share_the_pages_and_what_is_decoded()
    {
        await using var tail = await Started();
        var now = await tail.Now(CancellationToken);
        var followers = Enumerable.Range(0, 50).Select(_ => Follow(tail, now, 10)).ToList();
        await Append(10);
        var records = await Task.WhenAll(followers);
        foreach (var record in records[0]) Assert.All(records, other => Assert.Contains(other, candidate => ReferenceEquals(candidate, record)));
    }

    [Fact]
    public async Task A_follower_that_is_too_slow_is_caught_up_from_the_log()
    {
        await using var tail = await Started(maxRecords: 100);
        var slow = tail.Follow(await tail.Now(CancellationToken), CancellationToken).GetAsyncEnumerator(CancellationToken);
        await using var _ = slow;
        await Append(1);
        var records = new List<HistoryRecord>();
        while (records.Count == 0)
        {
            await slow.MoveNextAsync();
            records.AddRange(slow.Current.Records);
        }

        await Append(999);
        await Follow(tail, await Beginning(), 1000);
        while (records.Count < 1000 && await slow.MoveNextAsync()) records.AddRange(slow.Current.Records);

        AssertOnceEachInOrder(records, 1000);
    }

    [Fact]
    public async Task A_follower_that_is_ahead_of_the_tail_joins_it_without_a_duplicate()
    {
        await using var tail = await Started();
        log.Hold = new();
        await Append(200);
        var ahead = await log.EndOf(Topic, CancellationToken);
        Assert.False((await tail.Now(CancellationToken)).Covers(ahead));
        var following = Follow(tail, ahead with { Next = ahead.Next.SetItem(0, 0) }, 100 + (int)ahead.Next[0]);
        log.Hold.SetResult();
        await Append(100);
        var records = await following;
        Assert.Equal(records.Count, records.Select(record => record.Position).Distinct().Count());
        Assert.All(records, record => Assert.True(record.Position.Partition == 0 || !ahead.Includes(record.Position)));
    }

    [Fact]
    public async Task The_memory_of_the_tail_is_bounded_though_a_follower_stands_still()
    {
        await using var tail = await Started(maxBytes: 100_000);
        var still = tail.Follow(await tail.Now(CancellationToken), CancellationToken).GetAsyncEnumerator(CancellationToken);
        await using var _ = still;
        await Append(1);
        await still.MoveNextAsync();
        var pages = new List<WeakReference>();
        await foreach (var page in tail.Follow(await Beginning(), CancellationToken))
        {
            pages.Add(new(page));
            if (appended == 3000 && page.Cursor.Next.Sum() == 3000) break;
            if (appended < 3000) await Append(1);
        }

        GC.Collect();
        Assert.True(pages.Count(page => page.IsAlive) < pages.Count / 2, $"{pages.Count(page => page.IsAlive)} of {pages.Count} pages are alive.");
    }

    [Fact]
    public async Task A_follower_is_told_of_progress_where_nothing_comes()
    {
        await using var tail = await Started();
        var empty = 0;
        await foreach (var page in tail.Follow(await tail.Now(CancellationToken), CancellationToken))
        {
            Assert.Empty(page.Records);
            if (++empty == 2) return;
        }
    }

    [Fact]
    public async Task When_the_log_fails_the_tail_goes_on_from_where_it_was()
    {
        await using var tail = await Started();
        var following = Follow(tail, await tail.Now(CancellationToken), 300);
        await Append(100);
        log.FailNext = 2;
        await Append(100);
        await Append(100);
        AssertOnceEachInOrder(await following, 300);
        Assert.Equal(0, log.FailNext);
    }

    [Fact]
    public async Task A_log_that_was_recreated_ends_its_followers_with_the_reason_and_the_tail_goes_on()
    {
        await using var tail = await Started();
        await Append(10);
        var following = Follow(tail, await Beginning(), int.MaxValue);
        var old = log.Inner;
        log.Inner = new(4, TimeProvider.System);
        log.FailNext = 1;
        await old.Append(Topic, [Record(10)], CancellationToken);

        var refused = await Assert.ThrowsAsync<CursorException>(() => following);

        Assert.Equal(CursorException.OtherLog, refused.Code);
        var anew = Follow(tail, await Beginning(), 5);
        await Append(5);
        Assert.Equal(5, (await anew).Count);
    }

    [Fact]
    public async Task A_cursor_that_the_log_refuses_is_refused()
    {
        await using var tail = await Started();
        var now = await tail.Now(CancellationToken);
        await Refused(now with { Log = "other" }, CursorException.OtherLog);
        await Refused(now with { Topic = Topics.Commands }, CursorException.Malformed);
        await Refused(now with { Next = now.Next.SetItem(2, 7) }, CursorException.BeyondEnd);
        await Refused(now with { Next = [] }, CursorException.Malformed);

        async Task Refused(Cursor cursor, string code) =>
            Assert.Equal(code, (await Assert.ThrowsAsync<CursorException>(() => Follow(tail, cursor, 1))).Code);
    }

    [Fact]
    public async Task Followers_end_with_the_tail()
    {
        var tail = await Started();
        var following = Follow(tail, await tail.Now(CancellationToken), int.MaxValue);
        await tail.DisposeAsync();
        Assert.Empty(await following.WaitAsync(CancellationToken));
    }

    [Fact]
    public async Task A_record_that_is_no_message_is_left_out_and_passed()
    {
        await using var tail = await Started();
        var following = Follow(tail, await tail.Now(CancellationToken), 1);
        await log.Append(Topic, [new LogRecord("x"u8.ToArray(), default, [])], CancellationToken);
        await Append(1);
        Assert.Single(await following);
    }

    private async Task<LogTail> Started(int maxRecords = 64 * 1024, long maxBytes = 64 * 1024 * 1024)
    {
        var tail = new LogTail(log, Topic, null, maxRecords, maxBytes);
        await tail.Now(CancellationToken);
        return tail;
    }

    private async Task<Cursor> Beginning() => Cursor.Beginning(await log.Describe(CancellationToken), Topic);

    private async Task Append(int count)
    {
        var records = Enumerable.Range(appended, count).Select(Record).ToList();
        appended += count;
        await log.Append(Topic, records, CancellationToken);
    }

    private static LogRecord Record(int number) => CloudEventBinding.Write(new()
    {
        Id = Guid.CreateVersion7(),
        Type = "numbered",
        Subject = new("test", $"{number % 13}"),
        Time = DateTimeOffset.UnixEpoch,
        Data = Codec.Encode(number),
    });

    private static int Number(HistoryRecord record) => (int)Codec.Decode(record.Envelope.Data.Span, typeof(int));

    private static async Task<List<HistoryRecord>> Follow(LogTail tail, Cursor after, int count)
    {
        var records = new List<HistoryRecord>();
        await foreach (var page in tail.Follow(after, CancellationToken))
        {
            Assert.All(page.Records, record => Assert.True(page.Cursor.Includes(record.Position)));
            records.AddRange(page.Records);
            if (records.Count >= count) break;
        }

        return records;
    }

    private static void AssertOnceEachInOrder(IReadOnlyList<HistoryRecord> records, int count)
    {
        Assert.Equal(Enumerable.Range(0, count), records.Select(Number).Order());
        foreach (var partition in records.GroupBy(record => record.Position.Partition)) Assert.Equal(partition.Select(Number).Order(), partition.Select(Number));
    }

    /// <summary>A log whose readers fail, or wait, when a test wants it.</summary>
    private sealed class FlawedLog(MemoryLog inner) : ILog
    {
        private int failNext;

        public MemoryLog Inner { get; set; } = inner;

        public int FailNext { get => failNext; set => failNext = value; }

        public TaskCompletionSource? Hold { get; set; }

        public ValueTask<LogDescription> Describe(CancellationToken cancellationToken) => Inner.Describe(cancellationToken);

        public Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken) =>
            Inner.Append(topic, records, cancellationToken);

        public async IAsyncEnumerable<LogPage> Read(Cursor after, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var page in Inner.Read(after, cancellationToken))
            {
                if (Hold is { } hold) await hold.Task.WaitAsync(cancellationToken);
                if (failNext > 0 && Interlocked.Decrement(ref failNext) >= 0) throw new LogException("The log fails, as the test wants it.");
                yield return page;
            }
        }

        public Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken) =>
            Inner.ReadAt(positions, cancellationToken);

        public Task<Cursor> EndOf(string topic, CancellationToken cancellationToken) => Inner.EndOf(topic, cancellationToken);

        public Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken) => Inner.Consume(group, consumer, cancellationToken);
    }
}
