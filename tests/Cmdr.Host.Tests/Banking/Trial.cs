using System.Diagnostics;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>Two hosts of a deployment under load while things happen to them and to the log's servers; then the log is judged by what it says.</summary>
internal sealed class Trial
{
    private const string Handling = "handling";

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
        var probes = await Probes.Open(pair, stop);
        await using var load = await Load.Begin(pair, deployment.Servers, Plan.Seed, stop);
        var trial = new Trial(output, deployment, pair, probes, load);
        trial.Say($"{log}, seed {Plan.Seed} (CMDR_CHAOS_SEED), {probes.Partitions} partitions");
        try
        {
            await happen(trial, stop);
            await load.End();
            await trial.Judge(stop);
        }
        catch
        {
            output.WriteLine(await pair.Report());
            throw;
        }
    }

    internal void Say(string what) => output.WriteLine($"{watch.Elapsed.TotalSeconds,6:F1} s  {what}");

    /// <summary>Waits until both hosts own partitions of <c>commands</c>, so that the end of either takes something away.</summary>
    internal Task BothOwn(CancellationToken stop) => Deployment.Owned(Handling, 2, stop);

    /// <summary>Another host in the place of one that ended, until it owns something too.</summary>
    internal async Task Replace(int number, CancellationToken stop)
    {
        var before = await Deployment.Owners(Handling, stop);
        await Pair.Replace(number, stop);
        await Deployment.Owned(Handling, 2, stop, before);
    }

    /// <summary>A third host that comes, and where asked owns something beside the two.</summary>
    internal async Task<HostProcess> Guest(bool isToOwn, CancellationToken stop)
    {
        var before = await Deployment.Owners(Handling, stop);
        var guest = await HostProcess.Start(stop, Deployment.Settings);
        if (!isToOwn) return guest;
        try
        {
            await Deployment.Owned(Handling, 3, stop, before);
            return guest;
        }
        catch
        {
            await guest.DisposeAsync();
            throw;
        }
    }

    /// <summary>Clients must have been answered meanwhile: what happened, happened under load.</summary>
    internal void WentOn(int before, int least)
    {
        Say($"meanwhile clients were answered {Answered - before} commands");
        Assert.InRange(Answered - before, least, int.MaxValue);
    }

    /// <summary>Waits until this host has answered a command on every partition.</summary>
    internal async Task AnsweredBy(int host, CancellationToken stop)
    {
        await load.Check();
        await probes.Answered(Pair[host], stop);
    }

    internal async Task AnsweredByBoth(CancellationToken stop)
    {
        foreach (var host in (int[])[0, 1]) await AnsweredBy(host, stop);
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
        foreach (var (subject, balance) in new Verdict(narrative.Commands, narrative.Events).Holds([.. load.Promises, .. probes.Promises], load.Sent))
        {
            var last = narrative.Events.Last(e => e.Subject == subject);
            const string query = "query($id: ID!, $last: Position) { accountBalance(id: $id, notBefore: $last) { balance } }";
            var view = await Pair[0].Data(query, new { id = subject["account/".Length..], last = $"events/{last.Partition}/{last.Offset}" }, stop);
            Assert.Equal(balance, view.GetProperty("accountBalance").GetProperty("balance").GetDecimal());
        }

        Say("nothing is lost, nothing is doubled, every command has one outcome, which is right, order is kept, and views show the balances");
    }
}
