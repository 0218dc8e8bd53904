using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>One of two hosts is killed again and again under load; the log must tell the same story as if nobody had died.</summary>
public sealed class Killed(PostgresServer server, ITestOutputHelper output)
{
    private const int Commands = 10_000;
    private const int Kills = 5;
    private const int BatchSize = 50;
    private const int Accounts = 40;

    private const string Submit = "mutation($commands: [CommandInput!]!) { submit(commands: $commands, wait: LOGGED) { id } }";

    [Fact]
    public async Task Every_command_has_one_outcome_and_no_event_is_lost_or_doubled_when_hosts_are_killed_under_load()
    {
        var stop = TestContext.Current.CancellationToken;
        var database = await server.Database(stop);
        var random = new Random(20261123);
        await using var pair = await HostPair.Start(database, stop);

        var load = Drive(pair, random, stop);
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.WhenAny(load, pair.Sent(Commands * (kill + 1) / (Kills + 2) + random.Next(500), stop));
            if (load.IsCompleted) await load;
            var victim = random.Next(2);
            output.WriteLine($"kill {kill + 1}: host {victim} at {pair.Submitted} commands");
            await pair.KillAndRestart(victim, stop);
        }

        await load;
        using var deployment = DatabaseLog.Of(database);
        var (commands, events) = await Answered(deployment.Log, stop);
        output.WriteLine($"{commands.Count} commands, {events.Count} events on the log");
        Assert.True(commands.Count >= Commands * 11 / 10);
        Verdict.OneOutcomeForEachCommand(commands, events);
        Verdict.NoGapsAndNoDoubles(events);
        var balances = Verdict.BalancesFollowFromAcceptedAmounts(commands, events);
        foreach (var (account, balance) in balances)
        {
            var last = events.Last(e => e.Subject == $"account/{account}");
            const string query = "query($id: ID!, $last: Position) { accountBalance(id: $id, notBefore: $last) { balance } }";
            var view = await pair.Any.Data(query, new { id = account, last = $"events/{last.Partition}/{last.Offset}" }, stop);
            Assert.Equal(balance, view.GetProperty("accountBalance").GetProperty("balance").GetDecimal());
        }
    }

    private static async Task Drive(HostPair pair, Random random, CancellationToken stop)
    {
        await pair.Send(Submit, [.. Enumerable.Range(0, Accounts).Select(n => Command("open-account", new { account = Name(n), owner = "Ann", currency = "EUR" }))], stop);
        var sent = new List<object>();
        while (sent.Count < Commands - Accounts)
        {
            var batch = Enumerable.Range(0, BatchSize).Select(_ => Money(random)).ToArray();
            await pair.Send(Submit, batch, stop);
            sent.AddRange(batch);
            var again = Enumerable.Range(0, (BatchSize / 10) + 1).Select(_ => sent[random.Next(sent.Count)]).ToArray();
            await pair.Send(Submit, again, stop);
        }
    }

    private static object Money(Random random) =>
        Command(random.Next(3) == 0 ? "withdraw" : "deposit", new { account = Name(random.Next(Accounts)), amount = random.Next(1, 100) });

    private static object Command(string type, object data) => new { id = Guid.NewGuid(), type, data };

    private static string Name(int n) => $"k{n}";

    /// <summary>Reads the log until every command on it is answered.</summary>
    private static async Task<(IReadOnlyList<Line> Commands, IReadOnlyList<Line> Events)> Answered(ILog log, CancellationToken stop)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            var commands = await Narrative.Read(log, Topics.Commands, stop);
            var events = await Narrative.Read(log, Topics.Events, stop);
            var answered = events.Where(e => e.CommandOffset is not null).Select(e => (e.Partition, e.CommandOffset!.Value)).ToHashSet(); // filtered just before
            if (commands.All(command => answered.Contains((command.Partition, command.Offset)))) return (commands, events);
            Assert.True(DateTime.UtcNow < deadline, "Commands were still unanswered a minute after the load ended.");
            await Task.Delay(200, stop);
        }
    }
}

/// <summary>What must be true of a log, whoever wrote it.</summary>
internal static class Verdict
{
    internal static void OneOutcomeForEachCommand(IReadOnlyList<Line> commands, IReadOnlyList<Line> events)
    {
        var byOffset = commands.ToDictionary(command => (command.Partition, command.Offset));
        var outcomes = events.Where(e => e.Outcome is not null).CountBy(e => Identity(byOffset[(e.Partition, e.CommandOffset!.Value)])).ToDictionary(); // an outcome answers a command
        Assert.All(commands.Select(Identity).Distinct(), identity => Assert.Equal(1, outcomes.GetValueOrDefault(identity)));
    }

    internal static void NoGapsAndNoDoubles(IReadOnlyList<Line> events)
    {
        Assert.Equal(events.Count, events.Select(e => e.Id).Distinct().Count());
        foreach (var subject in events.Where(e => e.Sequence is not null).GroupBy(e => e.Subject))
        {
            Assert.Equal(Enumerable.Range(1, subject.Count()).Select(n => (long?)n), subject.OrderBy(e => e.Offset).Select(e => e.Sequence));
        }
    }

    internal static IReadOnlyDictionary<string, decimal> BalancesFollowFromAcceptedAmounts(IReadOnlyList<Line> commands, IReadOnlyList<Line> events)
    {
        var completed = events.Where(e => e.Outcome == "completed").Select(e => (e.Partition, e.CommandOffset!.Value)).ToHashSet(); // an outcome answers a command
        var accepted = commands.Where(command => completed.Contains((command.Partition, command.Offset)) && command.Type is "deposit" or "withdraw")
            .GroupBy(command => command.Body.GetProperty("account").GetString()!).ToDictionary(group => group.Key, group => group.Sum(Signed)); // a required member
        var recorded = events.Where(e => e.Type is "deposited" or "withdrawn")
            .GroupBy(e => e.Subject["account/".Length..]).ToDictionary(group => group.Key, group => group.Sum(Signed));
        Assert.Equal(accepted.OrderBy(pair => pair.Key), recorded.OrderBy(pair => pair.Key));
        return recorded;
    }

    private static (string, string) Identity(Line command) => (command.Subject, command.Id);

    private static decimal Signed(Line line) => line.Body.GetProperty("amount").GetDecimal() * (line.Type.StartsWith("withdr", StringComparison.Ordinal) ? -1 : 1);
}
