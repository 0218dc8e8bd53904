using Cmdr.Testing;
using CsCheck;
using Xunit;

namespace Cmdr.Projections.Tests;

public sealed class HistoryTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_and_filters_are_those_of_a_plain_list()
    {
        var log = new MemoryLog(3, TimeProvider.System);
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var records = await Strew(log);
        await site.FeedAll();
        var ids = records.SelectMany(record => new[] { record.Envelope.CorrelationId, record.Envelope.CausationId }).Distinct().ToArray();
        var times = records.Select(record => (DateTimeOffset?)record.Envelope.Time).Append(null).Distinct().ToArray();
        var filter = Gen.Select(
            Any<IReadOnlyList<string>?>(null, [], ["rang"], ["rang", "emptied"], ["never"]),
            Any<Subject?>(null, null, new Subject("till", "t1"), new Subject("till", "never")),
            Any(ids), Any(ids), Any(times), Any(times),
            (types, subject, correlation, causation, from, until) => new HistoryFilter
            {
                Types = types, Subject = subject, CorrelationId = correlation, CausationId = correlation is null ? causation : null, From = from, Until = until,
            });
        var size = Any<int?>(null, 0, 1, 3, 2000);
        var place = Gen.Int[-1, records.Count - 1];

        await Gen.Select(filter, size, size, place, place).SampleAsync(async (f, first, last, after, before) =>
        {
            var all = records.OrderBy(r => r.Envelope.Time).ThenBy(r => r.Position.Partition).ThenBy(r => r.Position.Offset).ToList();
            var page = new PageRequest(first, await Cursor(after), last, await Cursor(before));
            var actual = await site.History.List(Topics.Events, f, page, Token);
            var expected = Model(all, f, page, after, before);
            Assert.Equal(expected.Items, actual.Items.Select(item => item.Value.Position));
            Assert.Equal((expected.HasNext, expected.HasPrevious), (actual.HasNext, actual.HasPrevious));

            async Task<string?> Cursor(int index) => index < 0 ? null : (await site.History.List(Topics.Events, new(), new(index + 1), Token)).Items[^1].Cursor;
        }, iter: 150, threads: 1);
    }

    [Fact]
    public async Task A_record_comes_back_as_it_was_written()
    {
        var log = new MemoryLog(3, TimeProvider.System);
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        var whole = story.Envelope(new("till", "t/1"), new Ring("t/1", 1, "food")) with
        {
            Source = "/x", CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid(), CommandHash = "ab", ExpectedSequence = 7, Outcome = Outcome.Refused,
            Saga = "s/1", NotBefore = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), DataSchema = "/schema", TraceState = "a=b",
        };
        var written = await story.Append(Topics.Commands, whole);
        await site.FeedAll();

        var read = await site.History.FindCommand(whole.Id, null, Token);
        Assert.Equal(written.Position, read!.Position);
        Assert.Equal(whole.Data.ToArray(), read.Envelope.Data.ToArray());
        Assert.Equal(whole with { Data = default }, read.Envelope with { Data = default });
    }

    [Fact]
    public async Task An_id_that_several_subjects_know_finds_the_first_unless_one_is_named()
    {
        var log = new MemoryLog(3, TimeProvider.System);
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        var first = await story.Append(Topics.Commands, story.Envelope(new("till", "b"), new Ring("b", 1, "food")));
        var second = await story.Append(Topics.Commands, story.Envelope(new("till", "a"), new Ring("a", 1, "food")) with { Id = first.Envelope.Id });
        await site.FeedAll();

        Assert.Equal(first.Position, (await site.History.FindCommand(first.Envelope.Id, null, Token))!.Position);
        Assert.Equal(second.Position, (await site.History.FindCommand(first.Envelope.Id, new("till", "a"), Token))!.Position);
        Assert.Null(await site.History.FindCommand(first.Envelope.Id, new("till", "c\0"), Token));
        Assert.Null(await site.History.FindEvent(first.Envelope.Id, Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("W10")]
    [InlineData("WyJldmVudHMiLCItMSIsIjAiLCIwIl0")]
    [InlineData("bnVsbA")]
    [InlineData("!")]
    public async Task What_is_no_cursor_of_the_list_is_refused(string cursor)
    {
        var log = new MemoryLog(3, TimeProvider.System);
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);

        foreach (var page in new[] { new PageRequest(After: cursor), new PageRequest(Before: cursor) })
        {
            Assert.Equal(CursorException.Malformed, (await Assert.ThrowsAsync<CursorException>(() => site.History.List(Topics.Events, new(), page, Token))).Code);
            Assert.Equal(CursorException.Malformed, (await Assert.ThrowsAsync<CursorException>(() => site.Views.List(site.View<TillAmount>(), page, Token))).Code);
        }
    }

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>Sixty events, many at the same time, in no order of time.</summary>
    private static async Task<List<HistoryRecord>> Strew(MemoryLog log)
    {
        var story = new Story(log);
        var start = new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
        Guid[] narratives = [Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()];
        var records = new List<HistoryRecord>();
        for (var i = 0; i < 60; i++)
        {
            object e = i % 5 == 0 ? new Emptied() : new Rang(i, "food");
            records.Add(await story.Append(Topics.Events, story.Envelope(new("till", $"t{i % 7}"), e) with
            {
                Time = start.AddTicks(i * 7 % 11), CorrelationId = narratives[i % 3], CausationId = i % 2 == 0 ? null : narratives[i % 2],
            }));
        }

        return records;
    }

    private static (List<Position> Items, bool HasNext, bool HasPrevious) Model(List<HistoryRecord> all, HistoryFilter filter, PageRequest page, int after, int before)
    {
        var matching = Enumerable.Range(0, all.Count).Where(i => filter.Matches(all[i].Envelope)).ToList();
        var low = after < 0 ? 0 : matching.Count(i => i <= after);
        var high = before < 0 ? matching.Count : matching.Count(i => i < before);
        if (low > high) return ([], low < matching.Count, high > 0); // the cursors stand in each other's way
        if (page is { First: null, Last: { } backward }) low = Math.Max(low, high - backward);
        else
        {
            high = Math.Min(high, low + (page.First ?? PageRequest.DefaultSize));
            if (page.Last is { } last) low = Math.Max(low, high - last);
        }

        return ([.. matching[low..high].Select(i => all[i].Position)], high < matching.Count, low > 0);
    }
}
