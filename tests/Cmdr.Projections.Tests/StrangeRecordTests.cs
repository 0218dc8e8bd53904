using System.Text;
using Cmdr.Testing;
using Xunit;

namespace Cmdr.Projections.Tests;

public sealed class StrangeRecordTests(PostgresServer server)
{
    private readonly MemoryLog log = new(4, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_that_no_module_declares_is_kept_byte_for_byte_and_has_its_version_in_the_stream()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        await story.Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        const string Json = """{ "b":1.50,  "a":"é\u0000" }""";
        var unknown = await story.Append(Topics.Events, story.Envelope(new("till", "t1"), new Emptied()) with
        {
            Type = "polished", Data = Encoding.UTF8.GetBytes(Json), Sequence = 2, CommandOffset = 1,
        });
        await story.Append(Topics.Events, story.Envelope(new("till", "t1"), new Rang(6, "food")) with { Sequence = 3, CommandOffset = 2 });
        await site.FeedAll();

        Assert.Equal(Json, Encoding.UTF8.GetString((await site.History.FindEvent(unknown.Envelope.Id, Token))!.Envelope.Data.Span));
        await using var session = site.Store.QuerySession();
        var stream = await session.Events.FetchStreamAsync("till/t1", token: Token);
        Assert.Equal([1L, 2L, 3L], stream.Select(e => e.Version));
        Assert.Equal(new UndeclaredEvent("polished", Json), stream[1].Data);
        Assert.Equal(11, (await site.Find<TillAmount>("t1"))!.Amount);
    }

    [Fact]
    public async Task Records_that_are_no_messages_are_set_aside_and_stop_nothing()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var long1 = new string('x', 100_000);
        LogRecord[] strange =
        [
            new(Array.Empty<byte>(), Array.Empty<byte>(), []),
            new(new byte[] { 0xff, 0xfe, 0 }, new byte[] { 0, 1, 2 }, [new("ce_id", "nonsense"u8.ToArray()), new("\0", new byte[] { 0xff })]),
            new("till/t1"u8.ToArray(), "{}"u8.ToArray(), [new("ce_type", "rang"u8.ToArray())]),
            CloudEventBinding.Write(Message("till", "t1") with { Type = long1 }),
            CloudEventBinding.Write(Message("till", long1)),
            CloudEventBinding.Write(Message(long1, "t1")),
            CloudEventBinding.Write(Message("till", "a\0b")),
            CloudEventBinding.Write(Message("till", "t1") with { Actor = "a\0b" }),
        ];
        await log.Append(Topics.Events, strange, Token);
        await log.Append(Topics.Commands, strange, Token);
        await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        await site.FeedAll();

        Assert.Equal(5, (await site.Find<TillAmount>("t1"))!.Amount);
        Assert.Equal(2L * strange.Length, await site.Ask("select count(*) from cmdr_projections.stray"));
    }

    [Fact]
    public async Task A_foreign_event_reaches_views_and_a_stream_of_its_own()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        await story.Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        await story.Foreign("till/t1", "rang", """{"amount":2,"kind":"food"}""");
        await story.Foreign("shop/t1", "rang", """{"amount":"two"}""");
        await story.Foreign("shop/t1", "rang", "", source: "till/t1");
        await story.Tell("till/t1", new Ring("t1", 6, "food"), new Rang(6, "food"));
        await site.FeedAll();

        Assert.Equal(new KindTotal("food", 13, 3), await site.Find<KindTotal>("food"));
        await using var session = site.Store.QuerySession();
        Assert.Equal(2, (await session.Events.FetchStreamAsync("till/t1", token: Token)).Count);
        Assert.Equal(new Rang(2, "food"), Assert.Single(await session.Events.FetchStreamAsync("/elsewhere|till/t1", token: Token)).Data);
        Assert.IsType<UndeclaredEvent>(Assert.Single(await session.Events.FetchStreamAsync("/elsewhere|shop/t1", token: Token)).Data);
        Assert.Single(await session.Events.FetchStreamAsync("./till/t1|shop/t1", token: Token));
    }

    [Fact]
    public async Task An_event_out_of_sequence_is_in_history_and_folded_by_nobody()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        await story.Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        var forged = await story.Append(Topics.Events, story.Envelope(new("till", "t1"), new Rang(100, "food")) with { Sequence = 1, CommandOffset = 0 });
        await story.Tell("till/t1", new Ring("t1", 6, "food"), new Rang(6, "food"));
        await site.FeedAll();

        Assert.Equal(11, (await site.Find<TillAmount>("t1"))!.Amount);
        Assert.NotNull(await site.History.FindEvent(forged.Envelope.Id, Token));
    }

    [Fact]
    public async Task Text_that_PostgreSQL_cannot_hold_or_index_stops_nothing()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        await story.Tell("till/t1", new Ring("t1", 1, ""), new Rang(1, "a\0b"), new Rang(2, new string('k', 10_000)), new Rang(3, ""), new Rang(4, @"\u0000\"));
        await site.FeedAll();

        Assert.Equal(new TillAmount("t1", 10, @"\u0000\"), await site.Find<TillAmount>("t1"));
        Assert.Equal(4, (await site.Find<KindTotal>(@"\u0000\"))!.Amount);
        await using var session = site.Store.QuerySession();
        Assert.Equal(new Rang(1, "a\uFFFDb"), (await session.Events.FetchStreamAsync("till/t1", token: Token))[0].Data);
        Assert.Equal("""{"amount":1,"kind":"a\u0000b"}""", Encoding.UTF8.GetString((await site.History.List(Topics.Events, new(), new(), Token)).Items[0].Value.Envelope.Data.Span));
    }

    [Fact]
    public async Task Records_of_one_id_stop_nothing_and_the_first_is_found()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        var first = await story.Foreign("till/t1", "rang", """{"amount":2,"kind":"food"}""");
        await story.Append(Topics.Events, first.Envelope);
        await site.FeedAll();
        await story.Append(Topics.Events, first.Envelope with { Time = new(1, 1, 2, 0, 0, 0, TimeSpan.Zero), Subject = new("till", "t2") });
        await site.FeedAll();

        Assert.Equal(new KindTotal("food", 6, 3), await site.Find<KindTotal>("food"));
        Assert.Equal("t2", (await site.History.FindEvent(first.Envelope.Id, Token))!.Envelope.Subject.Id);
    }

    private static Envelope Message(string category, string id) => new()
    {
        Id = Guid.CreateVersion7(), Type = "rang", Subject = new(category, id), Time = DateTimeOffset.UnixEpoch, Data = "{}"u8.ToArray(), TraceState = "x",
    };
}
