using Cmdr.Banking;
using Cmdr.Testing;
using Xunit;

namespace Cmdr.Projections.Tests;

public sealed class ViewTests(PostgresServer server)
{
    private readonly MemoryLog log = new(4, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_on_the_log_is_in_the_views()
    {
        await using var site = await Site.Start<BankingModule>(await server.Database(Token), log);
        var story = new Story(log);
        await story.Tell("account/a1", new OpenAccount("a1", "Ann", "EUR"), new AccountOpened("Ann", "EUR"));
        await story.Tell("account/a1", new Deposit("a1", 5), new Deposited(5, "EUR"));
        await site.FeedAll();

        Assert.Equal(new AccountBalance("a1", "Ann", 5), await site.Find<AccountBalance>("a1"));
        Assert.Equal(new DepositTotal("EUR", 5), await site.Find<DepositTotal>("EUR"));
        Assert.Null(await site.Find<AccountBalance>("a2"));
    }
}
