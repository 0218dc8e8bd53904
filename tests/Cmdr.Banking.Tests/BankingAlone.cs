using Cmdr.Testing;
using Xunit;

namespace Cmdr.Banking.Tests;

public sealed class BankingAlone
{
    #region alone
    [Fact]
    public async Task What_is_deposited_is_in_the_balance()
    {
        await using var host = await ModuleHost.Start<BankingModule>();
        await host.Submit(new OpenAccount("a1", "Ann", "EUR"), new Deposit("a1", 5));
        Assert.Equal(5, (await host.View<AccountBalance>("a1"))!.Balance);
    }
    #endregion

    [Fact]
    public async Task Withdrawing_more_than_the_balance_leaves_it()
    {
        await using var host = await ModuleHost.Start<BankingModule>();
        await host.Submit(new OpenAccount("a1", "Ann", "EUR"), new Deposit("a1", 5));

        var receipts = await host.Submit(new Withdraw("a1", 6));

        Assert.Equal(Status.Refused, receipts[0].Status);
        Assert.Equal("insufficient-funds", receipts[0].Refusal?.Code);
        Assert.Equal([new AccountOpened("Ann", "EUR"), new Deposited(5, "EUR")], await host.Events("account/a1"));
    }

    [Fact]
    public async Task Deposits_of_all_accounts_are_summed_by_currency()
    {
        await using var host = await ModuleHost.Start<BankingModule>();
        foreach (var id in Enumerable.Range(0, 10)) await host.Submit(new OpenAccount($"a{id}", "Ann", id % 2 == 0 ? "EUR" : "USD"), new Deposit($"a{id}", 2));
        Assert.Equal(10, (await host.View<DepositTotal>("EUR"))!.Amount);
        Assert.Null(await host.View<DepositTotal>("GBP"));
    }

    [Fact]
    public async Task A_command_sent_twice_is_done_once()
    {
        await using var host = await ModuleHost.Start<BankingModule>();
        var deposit = Submission.Of(new Deposit("a1", 5), Guid.CreateVersion7());
        await host.Submit(new OpenAccount("a1", "Ann", "EUR"), deposit);

        var receipts = await host.Submit(deposit);

        Assert.True(receipts[0].Repeated);
        Assert.Equal(5, (await host.View<AccountBalance>("a1"))!.Balance);
    }

    [Fact]
    public async Task A_malformed_command_is_told_of_with_its_path()
    {
        await using var host = await ModuleHost.Start<BankingModule>();
        var failed = await Assert.ThrowsAsync<ExpectationException>(() => host.Submit(new Deposit("a1", 5), new Deposit("a1", 0)));
        Assert.Contains("commands[1]", failed.Message, StringComparison.Ordinal);
    }
}
