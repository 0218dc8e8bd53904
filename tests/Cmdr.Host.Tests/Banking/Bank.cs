using System.Text.Json;

namespace Cmdr.Host.Tests;

/// <summary>The sample domain's rules, told a second time: what each command must come to, given those before it.</summary>
internal sealed class Bank
{
    private readonly Dictionary<string, decimal> balances = [];

    /// <summary>Of each subject that is open.</summary>
    internal IReadOnlyDictionary<string, decimal> Balances => balances;

    internal Decided Decide(Line command)
    {
        var (subject, amount) = (command.Subject, Decided.AmountOf(command.Body));
        return (command.Type, balances.TryGetValue(subject, out var balance)) switch
        {
            ("open-account", false) => Accept(subject, 0, new("completed", "account-opened", null, null)),
            ("open-account", true) => Decided.No("already-open"),
            (_, false) => Decided.No("not-open"),
            ("withdraw", _) when amount > balance => Decided.No("insufficient-funds"),
            ("withdraw", _) => Accept(subject, balance - amount!.Value, new("completed", "withdrawn", amount, null)), // a required member
            ("deposit", _) => Accept(subject, balance + amount!.Value, new("completed", "deposited", amount, null)), // a required member
            _ => throw new ArgumentException($"No rule for {command}.", nameof(command)),
        };
    }

    private Decided Accept(string subject, decimal balance, Decided decided)
    {
        balances[subject] = balance;
        return decided;
    }
}

/// <summary>What a command came to, as the event that answers it says.</summary>
internal sealed record Decided(string? Outcome, string Type, decimal? Amount, string? Code)
{
    internal static Decided Of(Line e) => new(e.Outcome, e.Type, AmountOf(e.Body), e.Body.TryGetProperty("code", out var code) ? code.GetString() : null);

    internal static Decided No(string code) => new("refused", "command-refused", null, code);

    internal static decimal? AmountOf(JsonElement body) => body.TryGetProperty("amount", out var amount) ? amount.GetDecimal() : null;
}
