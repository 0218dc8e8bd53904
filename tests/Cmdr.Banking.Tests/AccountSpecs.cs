using Cmdr.Testing;
using Xunit;

namespace Cmdr.Banking.Tests;

public sealed class AccountSpecs : DeciderSpec<Account, AccountCommand, AccountEvent>
{
    private static readonly AccountOpened Opened = new("Ann", "EUR");

    [Fact]
    public void An_account_is_opened() => Given().When(new OpenAccount("a1", "Ann", "EUR")).Then(Opened);

    [Fact]
    public void An_account_is_opened_only_once() => Given(Opened).When(new OpenAccount("a1", "Bob", "USD")).ThenRefused("already-open");

    [Fact]
    public void A_deposit_is_in_the_currency_of_the_account() => Given(Opened).When(new Deposit("a1", 5)).Then(new Deposited(5, "EUR"));

    [Fact]
    public void Nothing_is_deposited_before_an_account_is_open() => Given().When(new Deposit("a1", 5)).ThenRefused("not-open");

    [Fact]
    public void The_whole_balance_may_be_withdrawn() =>
        Given(Opened, new Deposited(5, "EUR"), new Withdrawn(2, "EUR")).When(new Withdraw("a1", 3)).Then(new Withdrawn(3, "EUR"));

    #region spec
    [Fact]
    public void Withdrawing_more_than_the_balance_is_refused() =>
        Given(Opened, new Deposited(5, "EUR")).When(new Withdraw("a1", 6)).ThenRefused("insufficient-funds");
    #endregion

    [Fact]
    public void Nothing_is_withdrawn_before_an_account_is_open() => Given().When(new Withdraw("a1", 1)).ThenRefused("not-open");
}
