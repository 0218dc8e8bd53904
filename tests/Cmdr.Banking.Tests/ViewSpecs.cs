using Cmdr.Testing;
using Xunit;

namespace Cmdr.Banking.Tests;

public sealed class AccountBalanceSpecs : ViewSpec<AccountBalance, AccountEvent>
{
    [Fact]
    public void A_balance_is_what_was_deposited_less_what_was_withdrawn() =>
        Given("account/a1", new AccountOpened("Ann", "EUR"), new Deposited(5, "EUR"), new Withdrawn(2, "EUR")).Then(new("a1", "Ann", 3));

    [Fact]
    public void Each_account_has_its_balance() =>
        Given("account/a1", new AccountOpened("Ann", "EUR"), new Deposited(5, "EUR"))
            .And("account/a2", new AccountOpened("Bob", "USD"), new Deposited(7, "USD"))
            .Then(new("a1", "Ann", 5)).Then(new("a2", "Bob", 7)).ThenNone("a3");
}

public sealed class DepositTotalSpecs : ViewSpec<DepositTotal, AccountEvent>
{
    [Fact]
    public void Deposits_are_summed_by_currency_over_all_accounts() =>
        Given("account/a1", new AccountOpened("Ann", "EUR"), new Deposited(5, "EUR"), new Deposited(1, "EUR"))
            .And("account/a2", new AccountOpened("Bob", "USD"), new Deposited(7, "USD"))
            .And("account/a3", new AccountOpened("Cy", "EUR"), new Deposited(3, "EUR"))
            .Then(new("EUR", 9)).Then(new("USD", 7));

    [Fact]
    public void There_is_no_total_before_the_first_deposit() =>
        Given("account/a1", new AccountOpened("Ann", "EUR"), new Withdrawn(5, "EUR")).ThenNone();
}
