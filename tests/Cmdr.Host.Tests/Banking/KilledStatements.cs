using System.Text.Json;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>One of two hosts is killed again and again while they write statements: each large deposit on the log has its line, in order per account.</summary>
public sealed class KilledStatements(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    private const int Deposits = 2_000;
    private const int Kills = 3;
    private const int BatchSize = 30;
    private const int Accounts = 20;
    private const decimal Large = 50;
    private const string Submit = "mutation($commands: [CommandInput!]!) { submit(commands: $commands, wait: LOGGED) { id } }";

    private readonly DirectoryInfo statements = Folders.Data();

    [Fact]
    public async Task Every_large_deposit_has_its_line_in_order_per_account_when_hosts_are_killed_under_load()
    {
        var stop = TestContext.Current.CancellationToken;
        var database = await server.Database(stop);
        var random = new Random(20261128);
        await using var pair = await HostPair.Start(database, stop, ("Banking:Statements", statements.FullName), ("Banking:LargeDeposit", "50"));

        var load = Drive(pair, random, stop);
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.WhenAny(load, pair.Sent(Deposits * (kill + 1) / (Kills + 1), stop));
            if (load.IsCompleted) await load;
            await pair.KillAndRestart(random.Next(2), stop);
        }

        await load;
        using var deployment = DatabaseLog.Of(database);
        var (events, lines) = await Written(deployment.Log, stop);
        output.WriteLine($"{events.Count} large deposits, {lines.Count} lines");
        Assert.Empty(lines.Select(line => line.Id).Except(events.Select(e => e.Id)));
        foreach (var account in events.GroupBy(e => e.Subject["account/".Length..]))
        {
            var firsts = lines.Where(line => line.Account == account.Key).Select(line => line.Id).Distinct();
            Assert.Equal(account.OrderBy(e => e.Offset).Select(e => e.Id), firsts);
        }

        Assert.Equal(0, (await deployment.Log.EndOf(Topics.Parked, stop)).Next.Sum());
    }

    public void Dispose() => statements.Delete(recursive: true);

    private static async Task Drive(HostPair pair, Random random, CancellationToken stop)
    {
        await pair.Send(Submit, [.. Enumerable.Range(0, Accounts).Select(n => Command("open-account", new { account = $"k{n}", owner = "Ann", currency = "EUR" }))], stop);
        for (var sent = 0; sent < Deposits; sent += BatchSize)
        {
            await pair.Send(Submit, [.. Enumerable.Range(0, BatchSize).Select(_ => Command("deposit", new { account = $"k{random.Next(Accounts)}", amount = random.Next(1, 100) }))], stop);
        }
    }

    private static object Command(string type, object data) => new { id = Guid.NewGuid(), type, data };

    /// <summary>Waits until every large deposit on the log, once all commands are answered, has a line.</summary>
    private async Task<(IReadOnlyList<Line> Events, IReadOnlyList<(string Id, string Account)> Lines)> Written(ILog log, CancellationToken stop)
    {
        var deadline = DateTime.UtcNow.AddSeconds(90);
        while (true)
        {
            var commands = await Narrative.Read(log, Topics.Commands, stop);
            var events = await Narrative.Read(log, Topics.Events, stop);
            var large = events.Where(e => e.Type == "deposited" && e.Body.GetProperty("amount").GetDecimal() >= Large).ToList();
            var lines = Lines();
            var answered = events.Count(e => e.Outcome is not null);
            var missing = large.Select(e => e.Id).Except(lines.Select(line => line.Id)).Count();
            if (answered >= commands.DistinctBy(command => (command.Subject, command.Id)).Count() && missing == 0) return (large, lines);
            Assert.True(DateTime.UtcNow < deadline, $"{missing} of {large.Count} large deposits had no line 90 s after the load ended; {answered} of {commands.Count} commands were answered.");
            await Task.Delay(200, stop);
        }
    }

    private List<(string Id, string Account)> Lines() => [.. statements.EnumerateFiles().OrderBy(file => file.Name).SelectMany(Read)];

    /// <summary>Beside the hosts that write it: only whole lines.</summary>
    private static IEnumerable<(string Id, string Account)> Read(FileInfo file)
    {
        using var reader = new StreamReader(new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var text = reader.ReadToEnd();
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var json = JsonDocument.Parse(line).RootElement;
            yield return (json.GetProperty("id").GetString()!, json.GetProperty("account").GetString()!); // required members
        }
    }
}
