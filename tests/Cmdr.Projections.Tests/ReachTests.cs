using Cmdr.Ledger;
using Cmdr.Testing;
using Xunit;

namespace Cmdr.Projections.Tests;

public sealed class ReachTests(PostgresServer server)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private readonly MemoryLog log = new(4, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_position_is_reached_when_this_host_projects_it_and_views_and_history_then_show_it()
    {
        await using var site = await Site.Start<LedgerModule>(await server.Database(Token), log, feeds: true);
        var told = await new Story(log).Tell("account/a1", new OpenAccount("a1", "Ann", "EUR"), new AccountOpened("Ann", "EUR"));

        Assert.True(await site.Views.Reach(told[1].Position, Long, Token));
        Assert.Equal(new AccountBalance("a1", "Ann", 0), await site.Find<AccountBalance>("a1"));
        Assert.Equal(told[1].Position, (await site.History.FindEvent(told[1].Envelope.Id, Token))!.Position);
        Assert.True(await site.Views.Reach(told[0].Position, Long, Token));
        Assert.Equal(told[0].Position, (await site.History.FindCommand(told[0].Envelope.Id, null, Token))!.Position);
    }

    [Fact]
    public async Task A_position_is_reached_when_another_host_projects_it()
    {
        var database = await server.Database(Token);
        await using var edge = await Site.Start<LedgerModule>(database, log);
        await using var feeding = await Site.Start<LedgerModule>(database, log, feeds: true);
        var told = await new Story(log).Tell("account/a1", new OpenAccount("a1", "Ann", "EUR"), new AccountOpened("Ann", "EUR"));

        Assert.True(await edge.Views.Reach(told[1].Position, Long, Token));
        Assert.NotNull(await edge.Find<AccountBalance>("a1"));
    }

    [Fact]
    public async Task A_position_that_nobody_projects_is_not_reached()
    {
        await using var site = await Site.Start<LedgerModule>(await server.Database(Token), log);
        var told = await new Story(log).Tell("account/a1", new OpenAccount("a1", "Ann", "EUR"), new AccountOpened("Ann", "EUR"));

        Assert.False(await site.Views.Reach(told[1].Position, Short, Token));
    }

    [Fact]
    public async Task A_command_is_reached_only_when_its_first_answer_is()
    {
        await using var site = await Site.Start<LedgerModule>(await server.Database(Token), log);
        var story = new Story(log);
        var told = await story.Tell("account/a1", new OpenAccount("a1", "Ann", "EUR"), new AccountOpened("Ann", "EUR"));
        var unanswered = await story.Tell("account/a1", new Deposit("a1", 1));
        await site.FeedAll();

        Assert.True(await site.Views.Reach(told[0].Position, Short, Token));
        Assert.False(await site.Views.Reach(unanswered[0].Position, Short, Token));
    }

    [Fact]
    public async Task Where_the_notification_is_missed_the_table_tells()
    {
        var database = await server.Database(Token);
        await using var edge = await Site.Start<LedgerModule>(database, log);
        await using var silent = await Site.Start<LedgerModule>(database, log); // a host without the role announces nothing
        var told = await new Story(log).Tell("account/a1", new OpenAccount("a1", "Ann", "EUR"), new AccountOpened("Ann", "EUR"));
        var reaching = edge.Views.Reach(told[1].Position, Long, Token);
        await silent.FeedAll();

        Assert.True(await reaching);
    }
}
