using System.Diagnostics;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>Servers that crash, hosts that stop and go on, hosts that come and go, a log that takes nothing: under load, and the log must tell the same story as if all had been well.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class Chaos(PostgresServer postgres, ITestOutputHelper output)
{
    // Past the 6 s after which a host that is silent has lost what it had.
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(9);

    // Its lease or session, and where it froze in the middle of a transaction, at the latest the transaction's time and the brokers' look at it.
    private static readonly TimeSpan AfterSilence = TimeSpan.FromSeconds(30);

    // To hear that it was expelled, to join anew, and to be ready.
    private static readonly TimeSpan AfterThaw = TimeSpan.FromSeconds(30);

    private const int LeastGuests = 2;
    private const int LeastPerSecond = 50;

    // A few batches: the other host took them while the frozen one was still believed to live.
    private const int LeastPerTakeOver = 100;

    public static TheoryData<string> Logs => [.. Plan.Logs];

    [Theory, MemberData(nameof(Logs))]
    public Task Nothing_is_lost_or_doubled_when_the_server_crashes_hosts_freeze_and_others_come_and_go(string log) => Trial.Run(log, postgres, output, async (trial, stop) =>
    {
        for (var kill = 1; kill <= Plan.Current.ServerKills; kill++) await CrashServer(trial, kill, 1 + (kill % trial.Deployment.Servers), stop);
        for (var freeze = 1; freeze <= Plan.Current.Freezes; freeze++) await FreezeHost(trial, freeze, stop);
        await Storm(trial, stop);
        if (trial.Deployment.CanRefuse) await Refuse(trial, stop);
    });

    private static async Task CrashServer(Trial trial, int kill, int server, CancellationToken stop)
    {
        await trial.Progress(300, stop);
        var watch = Stopwatch.StartNew();
        await trial.Deployment.Kill(server, stop);
        if (trial.Deployment.Servers > 1)
        {
            await trial.AnsweredByBoth(stop);
            trial.Say($"crash {kill}: {watch.Elapsed.TotalSeconds:F1} s after the death of server {server} every partition is answered without it");
        }

        await trial.Deployment.Start(server, stop);
        var back = watch.Elapsed;
        await trial.AnsweredByBoth(stop);
        trial.Say($"crash {kill}: server {server} served again after {back.TotalSeconds:F1} s; after {watch.Elapsed.TotalSeconds:F1} s every partition is answered");
    }

    private static async Task FreezeHost(Trial trial, int freeze, CancellationToken stop)
    {
        await trial.Progress(300, stop);
        await trial.BothOwn(stop);
        var victim = trial.Random.Next(2);
        var (watch, before) = (Stopwatch.StartNew(), trial.Answered);
        await trial.Pair[victim].Freeze(stop);
        await trial.AnsweredBy(1 - victim, stop);
        var answered = watch.Elapsed;
        trial.WentOn(before, LeastPerTakeOver);
        if (Frozen - watch.Elapsed is { Ticks: > 0 } rest) await Task.Delay(rest, stop);
        await trial.Pair[victim].Thaw(stop);
        watch.Restart();
        await trial.Pair[victim].Ready(stop);
        await trial.BothOwn(stop);
        trial.Say($"freeze {freeze}: host {victim}; the other answers on every partition after {answered.TotalSeconds:F1} s; ready and an owner again {watch.Elapsed.TotalSeconds:F1} s after its thaw");
        Assert.InRange(answered, TimeSpan.Zero, AfterSilence);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, AfterThaw);
    }

    /// <summary>A third host joins, and leaves in order or not, twice as an owner and twice as soon as it serves, again and again.</summary>
    private static async Task Storm(Trial trial, CancellationToken stop)
    {
        var before = trial.Answered;
        var (watch, joined) = (Stopwatch.StartNew(), 0);
        for (; watch.Elapsed < Plan.Current.Storm || joined < LeastGuests; joined++)
        {
            await using var guest = await trial.Guest(isToOwn: joined / 2 % 2 == 0, stop);
            await Task.Delay(trial.Random.Next(1000), stop);
            if (joined % 2 == 0) await guest.Terminate(stop);
            else await guest.Kill();
        }

        trial.Say($"storm: {joined} hosts came and went in {watch.Elapsed.TotalSeconds:F0} s");
        trial.WentOn(before, (int)watch.Elapsed.TotalSeconds * LeastPerSecond);
        var calm = Stopwatch.StartNew();
        await trial.AnsweredByBoth(stop);
        await trial.BothOwn(stop);
        trial.Say($"every partition is answered by both, and both own some, {calm.Elapsed.TotalSeconds:F1} s after it");
    }

    private static async Task Refuse(Trial trial, CancellationToken stop)
    {
        await trial.Progress(100, stop);
        await trial.Deployment.RefuseWrites(stop);
        await trial.Standstill(stop);
        var before = trial.Answered;
        await Task.Delay(Plan.Current.Refusal, stop);
        Assert.Equal(before, trial.Answered);
        await trial.Deployment.TakeWrites(stop);
        var watch = Stopwatch.StartNew();
        await trial.AnsweredByBoth(stop);
        trial.Say($"refusal: nothing was taken, and nothing acknowledged, for {Plan.Current.Refusal.TotalSeconds} s; every partition is answered {watch.Elapsed.TotalSeconds:F1} s after it");
    }
}
