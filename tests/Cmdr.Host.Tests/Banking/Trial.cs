using System.Diagnostics;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>Two hosts of a deployment under load while things happen to them and to the log's servers; then the log is judged by what it says.</summary>
internal sealed class Trial
{
    private readonly ITestOutputHelper output;
    private readonly Probes probes;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly Load load;

    private Trial(ITestOutputHelper output, Deployment deployment, HostPair pair, Probes probes, Load load) =>
        (this.output, Deployment, Pair, this.probes, this.load) = (output, deployment, pair, probes, load);

    internal Deployment Deployment { get; }

    internal HostPair Pair { get; }

    internal Random Random { get; } = new(Plan.Seed);

    /// <summary>How many commands the clients were answered so far.</summary>
    internal int Answered => load.Promises.Count;

    internal static async Task Run(string log, PostgresServer postgres, ITestOutputHelper output, Func<Trial, CancellationToken, Task> happen)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var deployment = await Deployment.Start(log, postgres, stop);
        await using var pair = await HostPair.Start(deployment, stop);
        var trial = new Trial(output, deployment, pair, await Probes.Open(pair, stop), await Load.Begin(pair, Plan.Seed, stop));
        trial.Say($"{log}, seed {Plan.Seed} (CMDR_CHAOS_SEED), {trial.probes.Partitions} partitions");
        try
        {
            await happen(trial, stop);
            await trial.load.End();
            await trial.Judge(stop);
        }
        catch
        {
            output.WriteLine(await pair.Report());
            throw;
        }
    }

    internal void Say(string what) => output.WriteLine($"{watch.Elapsed.TotalSeconds,6:F1} s  {what}");

    /// <summary>How long it takes until this host has answered a command on every partition.</summary>
    internal async Task<TimeSpan> AnsweredBy(int host, CancellationToken stop)
    {
        await load.Check();
        return await probes.Answered(Pair[host], stop);
    }

    /// <summary>Waits until clients were answered this many commands more.</summary>
    internal async Task Progress(int commands, CancellationToken stop)
    {
        for (var goal = Answered + commands; Answered < goal; await Task.Delay(20, stop)) await load.Check();
    }

    /// <summary>
    /// Waits until nobody is answered any more: servers hear only after a moment that they are to refuse, and who waits for an outcome is told after a while that
    /// his command is on the log, as it was before.
    /// </summary>
    internal async Task Standstill(CancellationToken stop)
    {
        for (var (before, looks) = (-1, 0); before != Answered; await Task.Delay(Client.LongestWait, stop))
        {
            Assert.True(looks++ < 5, "Commands were still answered long after the log was told to take none.");
            before = Answered;
        }
    }

    private async Task Judge(CancellationToken stop)
    {
        Say($"the load has ended, {Answered} answers");
        var narrative = await Narrative.Told(Deployment, stop);
        Say($"{narrative.Commands.Count} commands and {narrative.Events.Count} events are on the log");
        var verdict = new Verdict(narrative);
        verdict.Holds(load.Promises);
        foreach (var (account, balance) in verdict.Balances())
        {
            var last = narrative.Events.Last(e => e.Subject == $"account/{account}");
            const string query = "query($id: ID!, $last: Position) { accountBalance(id: $id, notBefore: $last) { balance } }";
            var view = await Pair[0].Data(query, new { id = account, last = $"events/{last.Partition}/{last.Offset}" }, stop);
            Assert.Equal(balance, view.GetProperty("accountBalance").GetProperty("balance").GetDecimal());
        }

        Say("nothing is lost, nothing is doubled, every command has one outcome, balances add up and views show them");
    }
}
