using Cmdr.Ledger;
using Cmdr.Testing;
using CsCheck;
using Marten;
using Xunit;

namespace Cmdr.Projections.Tests;

public sealed class ViewTests(PostgresServer server)
{
    private readonly MemoryLog log = new(4, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_on_the_log_is_in_the_views()
    {
        await using var site = await Site.Start<LedgerModule>(await server.Database(Token), log);
        var story = new Story(log);
        await story.Tell("account/a1", new OpenAccount("a1", "Ann", "EUR"), new AccountOpened("Ann", "EUR"));
        await story.Tell("account/a1", new Deposit("a1", 5), new Deposited(5, "EUR"));
        await site.FeedAll();

        Assert.Equal(new AccountBalance("a1", "Ann", 5), await site.Find<AccountBalance>("a1"));
        Assert.Equal(new DepositTotal("EUR", 5), await site.Find<DepositTotal>("EUR"));
        Assert.Null(await site.Find<AccountBalance>("a2"));
        Assert.Null(await site.Find<AccountBalance>("a\0"));
    }

    [Fact]
    public async Task A_list_is_in_ordinal_order_and_pages_both_ways()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var story = new Story(log);
        string[] tills = ["b", "a", "B", "a-1", "a1", "é", "Z", "aa", "_"];
        foreach (var till in tills) await story.Tell($"till/{till}", new Ring(till, 1, "x"), new Rang(1, "x"));
        await site.FeedAll();
        var order = tills.Order(StringComparer.Ordinal).ToList();

        await Gen.Select(Gen.Int[-1, order.Count - 1], Gen.Int[-1, order.Count - 1], Gen.Int[0, 4], Gen.Bool).SampleAsync(async (after, before, size, backward) =>
        {
            var whole = await site.Views.List(site.View<TillAmount>(), new(), Token);
            var (a, b) = (after < 0 ? null : whole.Items[after].Cursor, before < 0 ? null : whole.Items[before].Cursor);
            var page = await site.Views.List(site.View<TillAmount>(), backward ? new(null, a, size, b) : new(size, a, null, b), Token);
            var range = order.Where((_, i) => i > after && (before < 0 || i < before)).ToList();
            Assert.Equal(backward ? range.TakeLast(size) : range.Take(size), page.Items.Select(item => ((TillAmount)item.Value).Id));
        }, iter: 60, threads: 1);
    }

    [Fact]
    public async Task Marten_reads_and_folds_the_streams()
    {
        await using var site = await Site.Start<LedgerModule>(await server.Database(Token), log);
        var story = new Story(log);
        var opened = await story.Tell("account/a1", new OpenAccount("a1", "Ann", "EUR"), new AccountOpened("Ann", "EUR"));
        await story.Tell("account/a1", new Deposit("a1", 5), new Deposited(5, "EUR"));
        await story.Tell("account/a1", new Withdraw("a1", 9), new CommandRefused("insufficient-funds"));
        await site.FeedAll();

        await using var session = site.Store.QuerySession();
        var stream = await session.Events.FetchStreamAsync("account/a1", token: Token);
        Assert.Equal([new AccountOpened("Ann", "EUR"), new Deposited(5, "EUR")], stream.Select(e => e.Data));
        var (envelope, first) = (opened[1].Envelope, stream[0]);
        Assert.Equal((envelope.Id, 1L, "ann"), (first.Id, first.Version, first.UserName));
        Assert.Equal((envelope.CorrelationId.ToString(), envelope.CausationId.ToString()), (first.CorrelationId, first.CausationId));
        Assert.Equal(new DateTimeOffset(envelope.Time.Ticks / 10 * 10, TimeSpan.Zero), first.Timestamp);
        Assert.Equal(opened[1].Position.ToString(), first.GetHeader("position")?.ToString());
        Assert.Single(await session.Events.QueryRawEventDataOnly<Deposited>().Where(e => e.Amount == 5).ToListAsync(Token));
        Assert.Equal(5, (await session.Query<AccountBalance>().Where(x => x.Owner == "Ann").SingleAsync(Token)).Balance);
    }
}
