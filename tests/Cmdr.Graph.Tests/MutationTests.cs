using System.Text.Json;
using Cmdr.Ledger;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class MutationTests
{
    private const string Open = """mutation { openAccount(input: { account: "a1", owner: "Ann", currency: "EUR" }) { id type subject position status repeated refusal { code } events { type data { ... on AccountOpened { owner } } } } }""";

    [Fact]
    public async Task A_typed_mutation_gives_a_receipt_with_its_events()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var receipt = (await host.Ask(Open)).GetProperty("data").GetProperty("openAccount");

        Assert.Equal("open-account", receipt.GetProperty("type").GetString());
        Assert.Equal("account/a1", receipt.GetProperty("subject").GetString());
        Assert.Equal("COMPLETED", receipt.GetProperty("status").GetString());
        Assert.Equal("Ann", receipt.GetProperty("events")[0].GetProperty("data").GetProperty("owner").GetString());
    }

    [Fact]
    public async Task An_input_may_come_as_a_variable_whole_or_in_parts()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var whole = await host.Ask("mutation ($input: OpenAccountInput!) { openAccount(input: $input) { status } }", new { input = new { account = "a1", owner = "Ann", currency = "EUR" } });
        var parts = await host.Ask("mutation ($to: String!, $amount: Decimal!) { deposit(input: { account: $to, amount: $amount }) { status events { json } } }", new { to = "a1", amount = 5.25m });

        Assert.Equal("COMPLETED", whole.GetProperty("data").GetProperty("openAccount").GetProperty("status").GetString());
        Assert.Equal(5.25m, parts.GetProperty("data").GetProperty("deposit").GetProperty("events")[0].GetProperty("json").GetProperty("amount").GetDecimal());
    }

    [Fact]
    public async Task A_business_no_is_data()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var answer = await host.Ask("""mutation { withdraw(input: { account: "a1", amount: 5 }) { status refusal { code message } } }""");

        Assert.False(answer.TryGetProperty("errors", out _));
        var receipt = answer.GetProperty("data").GetProperty("withdraw");
        Assert.Equal("REFUSED", receipt.GetProperty("status").GetString());
        Assert.Equal("not-open", receipt.GetProperty("refusal").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_malformed_command_is_an_error_for_each_fault_and_nothing_reaches_the_log()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var literal = await host.Ask("""mutation { openAccount(input: { account: 5, owner: ANN, colour: "red" }) { id } }""");
        var variable = await host.Ask("mutation ($input: OpenAccountInput!) { openAccount(input: $input) { id } }", new { input = new { account = 5, colour = "red" } });

        Assert.Equal(
            ["WRONG_TYPE input.account", "WRONG_TYPE input.owner", "UNKNOWN input.colour", "MISSING input.currency"],
            Faults(literal).OrderBy(fault => Array.IndexOf(["input.account", "input.owner", "input.colour", "input.currency"], fault.Split(' ')[1])));
        Assert.Equal(["MISSING input.currency", "MISSING input.owner", "UNKNOWN input.colour", "WRONG_TYPE input.account"], Faults(variable).Order(StringComparer.Ordinal));
        Assert.Equal(JsonValueKind.Null, variable.GetProperty("data").ValueKind);
        Assert.Equal(0, await host.EndOf(Topics.Commands));
    }

    [Fact]
    public async Task Of_several_mutations_none_is_submitted_when_one_is_malformed()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var answer = await host.Ask("""
            mutation {
              good: openAccount(input: { account: "a1", owner: "Ann", currency: "EUR" }) { id }
              bad: deposit(input: { account: "a1", amount: 0 }) { id }
              all: submit(commands: [{ type: "deposit", data: { account: "a1" } }, { type: "nope", data: {} }]) { id }
            }
            """);

        Assert.Equal(["MISSING commands[0].data.amount", "OUT_OF_RANGE input.amount", "UNKNOWN_TYPE commands[1].type"], Faults(answer).Order(StringComparer.Ordinal));
        Assert.Equal(0, host.Doors.Submits);
    }

    [Fact]
    public async Task Many_commands_are_submitted_at_once_and_each_has_its_receipt()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var answer = await host.Ask("""
            mutation ($owner: String!) { submit(commands: [
              { type: "open-account", data: { account: "a1", owner: $owner, currency: "EUR" } }
              { type: "deposit", data: { account: "a1", amount: 5 }, id: "0198c0de-0000-7000-8000-000000000001" }
              { type: "withdraw", data: { account: "a1", amount: 6 } }
            ]) { id status } }
            """, new { owner = "Ann" });

        var receipts = answer.GetProperty("data").GetProperty("submit");
        Assert.Equal(["COMPLETED", "COMPLETED", "REFUSED"], receipts.EnumerateArray().Select(x => x.GetProperty("status").GetString()));
        Assert.Equal("0198c0de-0000-7000-8000-000000000001", receipts[1].GetProperty("id").GetString());
        Assert.Equal(1, host.Doors.Submits);
    }

    [Fact]
    public async Task A_repeat_is_known_by_its_id_and_another_body_is_an_error()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        const string Repeat = """mutation ($owner: String!) { openAccount(id: "0198c0de-0000-7000-8000-000000000001", input: { account: "a1", owner: $owner, currency: "EUR" }) { repeated } }""";

        await host.Ask(Repeat, new { owner = "Ann" });
        var again = await host.Ask(Repeat, new { owner = "Ann" });
        var other = await host.Ask(Repeat, new { owner = "Bob" });

        Assert.True(again.GetProperty("data").GetProperty("openAccount").GetProperty("repeated").GetBoolean());
        Assert.Equal(["ID_REUSED id"], Faults(other));
    }

    [Fact]
    public async Task The_actor_is_who_was_authenticated()
    {
        await using var known = await GraphHost.Start<LedgerModule>(user: "ann");
        await using var unknown = await GraphHost.Start<LedgerModule>();
        const string Ask = """mutation { openAccount(input: { account: "a1", owner: "Ann", currency: "EUR" }) { events { actor } } }""";

        Assert.Equal("ann", Actor(await known.Ask(Ask)));
        Assert.Null(Actor(await unknown.Ask(Ask)));

        static string? Actor(JsonElement answer) => answer.GetProperty("data").GetProperty("openAccount").GetProperty("events")[0].GetProperty("actor").GetString();
    }

    [Fact]
    public async Task A_fault_of_the_log_is_masked_and_logged_once()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        host.Doors.FailWith = new LogException("secret at 10.0.0.1");

        var answer = await host.Ask(Open);

        Assert.Equal(["LOG_FAILED "], Faults(answer));
        Assert.DoesNotContain("secret", answer.ToString(), StringComparison.Ordinal);
        Assert.Single(host.Lines);
    }

    [Fact]
    public async Task A_fault_of_the_host_is_masked_and_logged_once()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        host.Doors.FailWith = new InvalidOperationException("secret");

        var answer = await host.Ask(Open);

        Assert.Equal(["INTERNAL "], Faults(answer));
        Assert.DoesNotContain("secret", answer.ToString(), StringComparison.Ordinal);
        Assert.Single(host.Lines);
    }

    [Fact]
    public async Task A_timeout_out_of_bounds_is_an_error_and_nothing_is_submitted()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var answer = await host.Ask("""mutation { openAccount(timeoutMs: -1, input: { account: "a1", owner: "Ann", currency: "EUR" }) { id } }""");

        Assert.Equal(["OUT_OF_RANGE timeoutMs"], Faults(answer));
        Assert.Equal(0, host.Doors.Submits);
    }

    private static IEnumerable<string> Faults(JsonElement answer) => answer.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("extensions"))
        .Select(extensions => $"{extensions.GetProperty("code").GetString()} {(extensions.TryGetProperty("field", out var field) ? field.GetString() : "")}");
}
