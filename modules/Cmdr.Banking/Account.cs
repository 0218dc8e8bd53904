using System.ComponentModel.DataAnnotations;
using System.Diagnostics;

namespace Cmdr.Banking;

public abstract record AccountCommand(string Account);
public sealed record OpenAccount(string Account, [MaxLength(80)] string Owner, string Currency) : AccountCommand(Account);
public sealed record Deposit(string Account, [Range(0.01, 1e9)] decimal Amount) : AccountCommand(Account);
public sealed record Withdraw(string Account, [Range(0.01, 1e9)] decimal Amount) : AccountCommand(Account);

public abstract record AccountEvent;
public sealed record AccountOpened(string Owner, string Currency) : AccountEvent;
public sealed record Deposited(decimal Amount, string Currency) : AccountEvent;
public sealed record Withdrawn(decimal Amount, string Currency) : AccountEvent;

public sealed record Account(string? Currency, decimal Balance) : IDecider<Account, AccountCommand, AccountEvent>
{
    public static Account Initial => new(null, 0);
    public static string Id(AccountCommand command) => command.Account;
    public static Decision<AccountEvent> Decide(Account state, AccountCommand command, Stamp stamp) => (command, state.Currency) switch
    {
        (OpenAccount c, null) => new AccountOpened(c.Owner, c.Currency),
        (OpenAccount, _) => new Refusal("already-open"),
        (_, null) => new Refusal("not-open"),
        (Withdraw c, _) when c.Amount > state.Balance => new Refusal("insufficient-funds"),
        (Withdraw c, { } currency) => new Withdrawn(c.Amount, currency),
        (Deposit c, { } currency) => new Deposited(c.Amount, currency),
        _ => throw new UnreachableException(),
    };
    public static Account Evolve(Account state, AccountEvent e) => e switch
    {
        AccountOpened x => state with { Currency = x.Currency },
        Deposited x => state with { Balance = state.Balance + x.Amount },
        Withdrawn x => state with { Balance = state.Balance - x.Amount },
        _ => state,
    };
}

public sealed record AccountBalance(string Id, string Owner, decimal Balance) : IView<AccountBalance, AccountEvent>
{
    public static AccountBalance? Evolve(AccountBalance? view, Recorded<AccountEvent> e) => (view, e.Event) switch
    {
        (null, AccountOpened x) => new(e.Subject.Id, x.Owner, 0),
        ({ } v, Deposited x) => v with { Balance = v.Balance + x.Amount },
        ({ } v, Withdrawn x) => v with { Balance = v.Balance - x.Amount },
        _ => view,
    };
}

public sealed record DepositTotal(string Id, decimal Amount) : IView<DepositTotal, AccountEvent>       // gathers many subjects
{
    public static string? Key(Recorded<AccountEvent> e) => (e.Event as Deposited)?.Currency;
    public static DepositTotal? Evolve(DepositTotal? view, Recorded<AccountEvent> e) =>
        e.Event is Deposited x ? new(x.Currency, (view?.Amount ?? 0) + x.Amount) : view;
}

public sealed class BankingModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Account>().View<AccountBalance>().View<DepositTotal>().WithStatements();
}
