using System.Diagnostics;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>One of two hosts is killed again and again under load; the log must tell the same story as if nobody had died.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class Killed(PostgresServer postgres, ITestOutputHelper output)
{
    private const int Attempts = 200;
    private const int LeastPerTakeOver = 100;

    private static readonly TimeSpan AfterDeath = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AfterStop = TimeSpan.FromSeconds(3);

    public static TheoryData<string> Logs => [.. Plan.Logs];

    [Theory, MemberData(nameof(Logs))]
    public Task Every_command_has_one_outcome_and_no_event_is_lost_or_doubled_when_hosts_are_killed_under_load(string log) =>
        Trial.Run(log, postgres, output, async (trial, stop) =>
        {
            for (var kill = 1; kill <= Plan.Current.Kills; kill++)
            {
                await trial.Progress(500 + trial.Random.Next(500), stop);
                await trial.BothOwn(stop);
                var victim = trial.Random.Next(2);
                // Every other one is replaced at once, in the middle of what its death sets off.
                if (kill % 2 == 1) await TakeOver(trial, kill, victim, stop);
                else await trial.Pair[victim].Kill();
                await trial.Replace(victim, stop);
                trial.Say($"kill {kill}: host {victim} is replaced");
            }

            for (var termination = 1; termination <= Plan.Current.Terminations; termination++) await Terminate(trial, termination, stop);
        });

    private static async Task Terminate(Trial trial, int termination, CancellationToken stop)
    {
        await trial.BothOwn(stop);
        // As whoever rolls out a version waits for a host before the next is stopped.
        foreach (var host in (int[])[0, 1]) await trial.Pair[host].Ready(stop);
        await trial.Progress(500, stop);
        var watch = Stopwatch.StartNew();
        var ended = await trial.Pair[1].Terminate(stop);
        await trial.AnsweredBy(0, stop);
        trial.Say($"stop {termination}: the host ended after {ended.TotalSeconds:F2} s, and after {watch.Elapsed.TotalSeconds:F2} s the other has answered on every partition");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, AfterStop);
        await trial.Replace(1, stop);
    }

    /// <summary>Kills a host, where the log has such a moment in the middle of a transaction, which nobody of that host will end; the other must answer soon on every partition.</summary>
    private static async Task TakeOver(Trial trial, int kill, int victim, CancellationToken stop)
    {
        var (watch, heldUp) = await FreezeInTransaction(trial, victim, stop);
        var before = trial.Answered;
        await trial.Pair[victim].Kill();
        await trial.AnsweredBy(1 - victim, stop);
        var open = heldUp is null ? "" : $", which left a transaction open on {heldUp} partitions,";
        trial.Say($"kill {kill}: {watch.Elapsed.TotalSeconds:F1} s after the death of host {victim}{open} the other has answered on every partition");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, AfterDeath);
        trial.WentOn(before, LeastPerTakeOver);
    }

    /// <summary>Gives the time since, and how many partitions are held up; null where none ever is.</summary>
    private static async Task<(Stopwatch Since, int? HeldUp)> FreezeInTransaction(Trial trial, int victim, CancellationToken stop)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var since = Stopwatch.StartNew();
            if (await trial.Deployment.HeldUp(stop) is not { } before) return (since, null);
            await trial.Pair[victim].Freeze(stop);
            if (await HeldUpForLong(trial, before, stop) is > 0 and var heldUp) return (since, heldUp);
            await trial.Pair[victim].Thaw(stop);
            await Task.Delay(trial.Random.Next(5, 50), stop);
        }

        throw new InvalidOperationException($"Host {victim} was never seen in a transaction.");
    }

    /// <summary>How many partitions wait for one and the same transaction: those of the other host pass, and what was open before may be a dead host's.</summary>
    private static async Task<int> HeldUpForLong(Trial trial, IEnumerable<(int, long)> before, CancellationToken stop)
    {
        var heldUp = (await trial.Deployment.HeldUp(stop) ?? []).Except(before).ToHashSet();
        for (var look = 0; look < 15 && heldUp.Count > 0; look++)
        {
            await Task.Delay(20, stop);
            heldUp.IntersectWith(await trial.Deployment.HeldUp(stop) ?? []);
        }

        return heldUp.Count;
    }
}
