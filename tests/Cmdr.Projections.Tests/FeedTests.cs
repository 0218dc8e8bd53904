using System.Text;
using Cmdr.Testing;
using Xunit;

namespace Cmdr.Projections.Tests;

public sealed class FeedTests(PostgresServer server)
{
    private readonly MemoryLog log = new(4, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hosts_that_feed_one_document_from_several_partitions_lose_no_amount()
    {
        var database = await server.Database(Token);
        await using var one = await Site.Start<TillModule>(database, log);
        await using var other = await Site.Start<TillModule>(database, log);
        var story = new Story(log);
        string[] kinds = ["food", "drink", "tools"];
        for (var i = 0; i < 200; i++) await story.Tell($"till/t{i % 20}", new Ring($"t{i % 20}", i, kinds[i % 3]), new Rang(i, kinds[i % 3]));

        await Task.WhenAll(Feed(one, 0, 1), Feed(other, 2, 3));

        foreach (var (kind, n) in kinds.Select((kind, n) => (kind, n)))
        {
            var amounts = Enumerable.Range(0, 200).Where(i => i % 3 == n).ToList();
            Assert.Equal(new KindTotal(kind, amounts.Sum(), amounts.Count), await one.Find<KindTotal>(kind));
        }

        async Task Feed(Site site, params int[] partitions)
        {
            var owned = partitions.SelectMany(partition => new[] { new TopicPartition(Topics.Commands, partition), new TopicPartition(Topics.Events, partition) });
            var start = await site.Feed.Assigned([.. owned.Select(partition => new Site.Owned(partition))], Token);
            var all = await Slices.Since(log, start);
            foreach (var records in all.Records.GroupBy(record => record.Position.TopicPartition))
            {
                foreach (var chunk in records.Chunk(3))
                {
                    await site.Feed.Consume(new(chunk, new Dictionary<TopicPartition, long> { [records.Key] = chunk[^1].Position.Offset + 1 }, []), Token);
                }
            }
        }
    }

    [Fact]
    public async Task A_host_that_no_longer_owns_a_partition_writes_nothing_twice()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        var zombie = site.NewFeed();
        var late = await Slices.Since(log, await site.Assign(zombie));
        await site.FeedAll();

        await Assert.ThrowsAsync<PositionConflictException>(async () => await zombie.Consume(late, Token));
        Assert.Equal(new KindTotal("food", 5, 1), await site.Find<KindTotal>("food"));
        await zombie.Consume(late, Token); // and when the slice comes again it knows better
        Assert.Equal(new KindTotal("food", 5, 1), await site.Find<KindTotal>("food"));
    }

    [Fact]
    public async Task A_slice_that_fails_before_its_commit_leaves_nothing_and_is_whole_the_next_time()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var told = await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        var slice = await Slices.Since(log, await site.Assign(site.Feed));
        await site.Run("create function fail() returns trigger language plpgsql as $$ begin raise 'no'; end $$; create constraint trigger fail after insert on cmdr_projections.history deferrable initially deferred for each row execute function fail()");

        await Assert.ThrowsAsync<Npgsql.PostgresException>(async () => await site.Feed.Consume(slice, Token));
        Assert.Null(await site.Find<TillAmount>("t1"));
        Assert.Null(await site.History.FindEvent(told[1].Envelope.Id, Token));
        Assert.NotNull(site.Progress.Feed.Failure);
        await site.Run("drop trigger fail on cmdr_projections.history");
        await site.Feed.Consume(slice, Token);

        Assert.Equal(5, (await site.Find<TillAmount>("t1"))!.Amount);
        Assert.Null(site.Progress.Feed.Failure);
    }

    [Fact]
    public async Task A_slice_that_comes_again_changes_nothing()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"), new Rang(6, "food"));
        var slice = await Slices.Since(log, await site.Assign(site.Feed));
        await site.Feed.Consume(slice, Token);
        await site.Feed.Consume(slice, Token);

        Assert.Equal(11, (await site.Find<TillAmount>("t1"))!.Amount);
        Assert.Equal(3L, await site.Ask("select count(*) from cmdr_projections.history"));
    }

    [Fact]
    public async Task A_document_goes_when_Evolve_gives_null_and_begins_anew_after_it()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        await story.Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"), new Emptied(), new Rang(7, "tools"));
        await story.Tell("till/t2", new Ring("t2", 5, "food"), new Rang(5, "food"));
        await site.FeedAll();
        Assert.Equal(new TillAmount("t1", 7, "tools"), await site.Find<TillAmount>("t1"));
        await story.Tell("till/t2", new Ring("t2", 0, ""), new Emptied());
        await site.FeedAll();

        Assert.Null(await site.Find<TillAmount>("t2"));
    }

    [Fact]
    public async Task A_view_that_throws_holds_its_partition_and_nothing_else()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        await story.Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        var jam = await story.Tell("till/t1", new Ring("t1", 6, "food"), new Jammed("paper"), new Rang(6, "food"));
        var elsewhere = Enumerable.Range(2, 50).Select(n => $"t{n}").First(id => Murmur2.Partition(Encoding.UTF8.GetBytes($"till/{id}"), 4) != jam[1].Position.Partition);
        await story.Tell($"till/{elsewhere}", new Ring(elsewhere, 9, "food"), new Rang(9, "food"));
        var slice = await Slices.Since(log, await site.Assign(site.Feed));
        await site.Feed.Consume(slice, Token);

        Assert.Equal(jam[1].Position.Offset, slice.Held[jam[1].Position.TopicPartition]);
        Assert.Equal(5, (await site.Find<TillAmount>("t1"))!.Amount);
        Assert.Equal(9, (await site.Find<TillAmount>(elsewhere))!.Amount);
        Assert.Null(await site.History.FindEvent(jam[1].Envelope.Id, Token));
        Assert.Contains("TillHealth", Assert.Single(site.Progress.Feed.HeldBy).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_another_host_built_the_tables_again_a_feed_catches_up_from_the_log()
    {
        var database = await server.Database(Token);
        await using var site = await Site.Start<TillModule>(database, log);
        var story = new Story(log);
        for (var i = 0; i < 10; i++) await story.Tell($"till/t{i}", new Ring($"t{i}", 1, "food"), new Rang(1, "food"));
        await site.FeedAll();
        var start = await site.Assign(site.Feed);
        await site.Run("update cmdr_projections.origin set log = 'another'");
        await using var rebuilding = await Site.Start<TillModule>(database, log);
        Assert.Null(await site.Find<KindTotal>("food"));
        for (var i = 0; i < 10; i++) await story.Tell($"till/t{i}", new Ring($"t{i}", 1, "food"), new Rang(1, "food"));
        var slice = await Slices.Since(log, start);

        await Assert.ThrowsAsync<PositionConflictException>(async () => await site.Feed.Consume(slice, Token));
        await site.Feed.Consume(slice, Token);
        Assert.Equal(new KindTotal("food", 20, 20), await site.Find<KindTotal>("food"));
        Assert.Equal(40L, await site.Ask("select count(*) from cmdr_projections.history"));
    }
}
