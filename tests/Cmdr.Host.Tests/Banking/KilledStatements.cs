using System.Text.Json;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>One of two hosts is killed again and again while they write statements: each large deposit on the log has its line, in order per account.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class KilledStatements(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    private const int Deposits = 2_000;
    private const int Kills = 3;
    private const int BatchSize = 30;
    private const int Accounts = 20;
    private const decimal Large = 50;
    private const string Group = "large-deposit-statement";

    // Each line is flushed to the disk before the next.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo statements = Folders.Data();
    private int submitted;
    private volatile bool isEnding;

    public static TheoryData<string> Logs => [.. Deployment.Logs];

    [Theory, MemberData(nameof(Logs))]
    public async Task Every_large_deposit_has_its_line_in_order_per_account_when_hosts_are_killed_under_load(string log)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var deployment = await Deployment.Start(log, server, stop);
        await using var pair = await HostPair.Start(deployment, stop, ("Banking:Statements", statements.FullName), ("Banking:LargeDeposit", "50"));
        await KillUnderLoad(deployment, pair, stop);
        var (events, lines) = await Written(deployment, stop);
        output.WriteLine($"{events.Count} large deposits, {lines.Count} lines");
        Assert.InRange(events.Count, Deposits / 4, int.MaxValue);
        Assert.Empty(lines.Select(line => line.Id).Except(events.Select(e => e.Id)));
        foreach (var account in events.GroupBy(e => e.Subject["account/".Length..]))
        {
            var firsts = lines.Where(line => line.Account == account.Key).Select(line => line.Id).Distinct();
            Assert.Equal(account.OrderBy(e => e.Offset).Select(e => e.Id), firsts);
        }

        Assert.Empty(await deployment.Read("parked", new Dictionary<int, long>(), stop));
    }

    public void Dispose() => statements.Delete(recursive: true);

    private async Task KillUnderLoad(Deployment deployment, HostPair pair, CancellationToken stop)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = Drive(new(pair), stopping.Token);
        try
        {
            await Kill(load, deployment, pair, stop);
            isEnding = true;
            await load;
        }
        finally
        {
            await stopping.CancelAsync();
            await load.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Each kill takes a host that writes statements, while deposits come in before it and after it.</summary>
    private async Task Kill(Task load, Deployment deployment, HostPair pair, CancellationToken stop)
    {
        var random = new Random(20261129);
        for (var kill = 0; kill < Kills; kill++)
        {
            await deployment.Owned(Group, 2, stop);
            await Submitted(Math.Max(Deposits * (kill + 1) / (Kills + 1), Volatile.Read(ref submitted) + BatchSize), load, stop);
            var victim = random.Next(2);
            await pair[victim].Kill();
            await pair.Replace(victim, stop);
        }

        await Submitted(Math.Max(Deposits, Volatile.Read(ref submitted) + BatchSize), load, stop);
    }

    private Task Submitted(int goal, Task load, CancellationToken stop) => Awaited.Until(
        $"{goal} deposits were submitted",
        async () =>
        {
            if (load.IsCompleted) await load;
            Assert.False(load.IsCompleted, "The load ended before the last kill.");
            return Volatile.Read(ref submitted) >= goal;
        },
        stop);

    private async Task Drive(Client client, CancellationToken stop)
    {
        var random = new Random(20261128);
        await client.Send([.. Enumerable.Range(0, Accounts).Select(n => Command.Open($"k{n}"))], "LOGGED", stop);
        for (; !isEnding; Interlocked.Add(ref submitted, BatchSize))
        {
            await client.Send([.. Enumerable.Range(0, BatchSize).Select(_ => Command.Pay("deposit", $"k{random.Next(Accounts)}", random.Next(1, 100)))], "LOGGED", stop);
            await Task.Delay(Breath, stop);
        }
    }

    /// <summary>Waits until every large deposit on the log, once all commands are answered, has a line.</summary>
    private async Task<(IReadOnlyList<Line> Events, IReadOnlyList<(string Id, string Account)> Lines)> Written(Deployment deployment, CancellationToken stop)
    {
        var narrative = await Narrative.Told(deployment, stop);
        var large = narrative.Events.Where(e => e.Type == "deposited" && e.Body.GetProperty("amount").GetDecimal() >= Large).ToList();
        for (var deadline = DateTime.UtcNow + Patience; ; await Task.Delay(200, stop))
        {
            var lines = Lines();
            var missing = large.Select(e => e.Id).Except(lines?.Select(line => line.Id) ?? []).Count();
            if (lines is not null && missing == 0) return (large, lines);
            Assert.True(DateTime.UtcNow < deadline, $"{missing} of {large.Count} large deposits had no line {Patience.TotalSeconds} s after the load ended.");
        }
    }

    /// <summary>Null while a host has one of the files for itself.</summary>
    private List<(string Id, string Account)>? Lines()
    {
        try
        {
            return [.. statements.EnumerateFiles().OrderBy(file => file.Name).SelectMany(Read)];
        }
        catch (IOException)
        {
            return null;
        }
    }

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
