using System.Text;
using System.Text.Json;
using Cmdr.Testing;
using Xunit;

namespace Cmdr.Projections.Tests;

public sealed class StartTests(PostgresServer server)
{
    private readonly MemoryLog log = new(4, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Built_again_from_the_log_every_answer_is_the_same_to_the_byte()
    {
        var database = await server.Database(Token);
        await using var site = await Site.Start<TillModule>(database, log);
        await TellMuch();
        var start = await site.Assign(site.Feed);
        var all = await Slices.Since(log, start);
        foreach (var partition in all.Records.GroupBy(record => record.Position.TopicPartition).Reverse())
        {
            foreach (var chunk in partition.Chunk(4))
            {
                await site.Feed.Consume(new(chunk, new Dictionary<TopicPartition, long> { [partition.Key] = chunk[^1].Position.Offset + 1 }, []), Token);
            }
        }

        var before = await Everything(site);
        await site.Run("drop schema cmdr_projections cascade");
        await using var again = await Site.Start<TillModule>(database, log);
        Assert.NotEqual(before, await Everything(again));
        await again.FeedAll();

        Assert.Equal(before, await Everything(again));
        Assert.Contains("drink", before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_log_under_the_tables_has_them_built_again()
    {
        var database = await server.Database(Token);
        await using (var site = await Site.Start<TillModule>(database, log))
        {
            await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
            await site.FeedAll();
        }

        var recreated = new MemoryLog(4, TimeProvider.System);
        await using var after = await Site.Start<TillModule>(database, recreated);
        Assert.Null(await after.Find<TillAmount>("t1"));
        await new Story(recreated).Tell("till/t2", new Ring("t2", 5, "food"), new Rang(6, "food"));
        await after.FeedAll();

        Assert.Equal(new KindTotal("food", 6, 1), await after.Find<KindTotal>("food"));
        Assert.Equal(2L, await after.Ask("select count(*) from cmdr_projections.history"));
    }

    [Fact]
    public async Task A_log_that_lost_its_tail_has_them_built_again()
    {
        var database = await server.Database(Token);
        await using var site = await Site.Start<TillModule>(database, log);
        await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        await site.FeedAll();
        await site.Run("update cmdr_projections.position set next = next + 7");
        await using var after = await Site.Start<TillModule>(database, log);
        await after.FeedAll();

        Assert.Equal(new KindTotal("food", 5, 1), await after.Find<KindTotal>("food"));
        Assert.Equal(2L, await after.Ask("select sum(next)::bigint from cmdr_projections.position"));
    }

    [Theory]
    [InlineData("drop table cmdr_projections.mt_doc_till_kind_total")]
    [InlineData("drop table cmdr_projections.history cascade")]
    [InlineData("comment on schema cmdr_projections is 'of an older version'")]
    public async Task Tables_that_are_gone_or_another_versions_come_back_with_their_contents(string damage)
    {
        var database = await server.Database(Token);
        await using var site = await Site.Start<TillModule>(database, log);
        var told = await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        await site.FeedAll();
        await site.Run(damage);
        await using var after = await Site.Start<TillModule>(database, log);
        await after.FeedAll();

        Assert.Equal(new KindTotal("food", 5, 1), await after.Find<KindTotal>("food"));
        Assert.NotNull(await after.History.FindEvent(told[1].Envelope.Id, Token));
    }

    [Fact]
    public async Task A_view_that_is_new_knows_what_was_before_it()
    {
        var database = await server.Database(Token);
        await using (var earlier = await Site.Start<EarlierTillModule>(database, log))
        {
            await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
            await earlier.FeedAll();
        }

        await using var now = await Site.Start<TillModule>(database, log);
        await now.FeedAll();

        Assert.Equal(new KindTotal("food", 5, 1), await now.Find<KindTotal>("food"));
    }

    [Fact]
    public async Task Hosts_that_start_at_once_make_the_tables_once_and_an_unchanged_start_keeps_them()
    {
        var database = await server.Database(Token);
        var sites = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Site.Start<TillModule>(database, log)));
        await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        await sites[0].FeedAll();
        var generation = await sites[0].Ask("select generation from cmdr_projections.origin");
        await using var later = await Site.Start<TillModule>(database, log);

        Assert.Equal(generation, await later.Ask("select generation from cmdr_projections.origin"));
        Assert.Equal(5, (await later.Find<TillAmount>("t1"))!.Amount);
        foreach (var site in sites) await site.DisposeAsync();
    }

    [Fact]
    public async Task What_the_tables_are_is_what_Marten_is_configured_for()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);

        await site.Store.Storage.Database.AssertDatabaseMatchesConfigurationAsync(Token);
        Assert.Equal("bigint,character varying", await site.Ask(
            "select string_agg(data_type, ',' order by data_type) from information_schema.columns where table_schema = 'cmdr_projections' and table_name = 'mt_streams' and column_name in ('id', 'version')"));
    }

    private async Task TellMuch()
    {
        var story = new Story(log);
        string[] kinds = ["food", "drink", "Zoo", "é"];
        for (var i = 0; i < 60; i++)
        {
            await story.Tell($"till/t{i % 9}", new Ring($"t{i % 9}", i, "x"), new Rang(i, kinds[i % 4]), i % 11 == 0 ? new Emptied() : new CommandCompleted());
            if (i % 10 == 0) await story.Foreign($"shop/s{i}", i % 20 == 0 ? "rang" : "swept", """{"amount":2,"kind":"drink"}""");
        }
    }

    private static async Task<string> Everything(Site site)
    {
        var said = new List<object>();
        foreach (var view in site.Catalog.Views)
        {
            for (var page = new PageRequest(7); ;)
            {
                var list = await site.Views.List(view, page, Token);
                said.Add(list.Items.Select(item => new { item.Cursor, Document = Encoding.UTF8.GetString(Codec.Encode(item.Value)) }).ToList());
                if (!list.HasNext) break;
                page = new(7, list.Items[^1].Cursor);
            }
        }

        foreach (var topic in new[] { Topics.Commands, Topics.Events })
        {
            said.Add((await site.History.List(topic, new(), new(1000), Token)).Items);
        }

        await using var session = site.Store.QuerySession();
        said.Add((await session.Events.FetchStreamAsync("till/t1", token: Token)).Select(e => new { e.Version, e.Id, e.Timestamp, e.CorrelationId, e.CausationId, e.UserName, Position = e.GetHeader("position") }));
        return JsonSerializer.Serialize(said);
    }
}
