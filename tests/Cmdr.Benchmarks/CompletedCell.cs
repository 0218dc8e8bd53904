using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>How long a command takes from when it is accepted, on the log, until its outcome is known, at a pace that a host has to bear.</summary>
internal sealed class CompletedCell : ICell
{
    private const int Pace = 2000;
    private const int Accounts = 2000;
    private const int Callers = 200;

    // A broker's Java goes on compiling for minutes at this pace, on the cores of what is measured: so it first gets all that it can take.
    private static readonly TimeSpan Full = TimeSpan.FromSeconds(40), WarmUp = TimeSpan.FromSeconds(90), WarmedUp = TimeSpan.FromSeconds(10), Time = TimeSpan.FromSeconds(15);

    /// <summary>When the command of the submission at hand was accepted, as a <see cref="Stopwatch.GetTimestamp"/>; 0 before.</summary>
    private static readonly AsyncLocal<StrongBox<long>?> Accepted = new();

    public string Name => "completed";

    public string Description => "p99 in ms from accepted (on the log) to completed at 2,000 commands/s, handling alone in the host, as one member on PostgreSQL and two on Kafka, and beside it from when each was due to be sent: p50 and p99 are to stay under 15 and 60 ms on PostgreSQL, 50 and 120 on Kafka; no floor, but beside it on Kafka the same way through an ordinary program: a producer, a transactional copy loop, a reader";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        var fresh = await bench.Fresh(cancellationToken);
        // A broker takes the requests of one connection one after another.
        var members = fresh["Cmdr:Log"] == "kafka" ? "2" : "1";
        using var acceptances = Acceptances();
        using var host = await BenchHost.Start(new Dictionary<string, string?>(fresh) { ["Cmdr:HandlingMembers"] = members }, cancellationToken, roles: "handling");
        var intake = host.Services.GetRequiredService<IIntake>();
        await intake.Submit([.. Enumerable.Range(0, Accounts).Select(n => Submission.Of(new Ledger.OpenAccount($"a{n}", "Ann", "EUR")))], Completed, cancellationToken);

        var next = 0;
        await Bench.Rate(Callers, Full, _ => Deposit(intake, Interlocked.Increment(ref next), cancellationToken));
        await Paced(intake, WarmUp, cancellationToken);
        var (cpu, collections, paused) = (Environment.CpuUsage.TotalTime, GC.CollectionCount(0), GC.GetTotalPauseDuration());
        var timings = await Paced(intake, Time, cancellationToken);
        (cpu, collections, paused) = (Environment.CpuUsage.TotalTime - cpu, GC.CollectionCount(0) - collections, GC.GetTotalPauseDuration() - paused);
        var (latencies, fromDue) = (timings.Select(timing => timing.FromAccepted).ToList(), timings.Select(timing => timing.FromDue).ToList());
        await host.StopAsync(cancellationToken);
        var ordinary = await bench.Pipe(fresh, Pace, WarmedUp, Time, cancellationToken);
        var details = new Dictionary<string, object>
        {
            ["pace"] = Pace,
            ["members"] = members,
            ["partitions"] = bench.Partitions,
            ["commands"] = timings.Count,
            ["p50Ms"] = Percentile(latencies, 0.50),
            ["p99Ms"] = Percentile(latencies, 0.99),
            // What others on the machine do shows in few of the seconds; what the host does shows in all.
            ["p99MsOfTheMedianSecond"] = Math.Round(Result.Median(latencies.Chunk(Pace).Select(second => Result.Percentile(second, 0.99))), 1),
            ["p999Ms"] = Percentile(latencies, 0.999),
            ["fromDueP50Ms"] = Percentile(fromDue, 0.50),
            ["fromDueP99Ms"] = Percentile(fromDue, 0.99),
            ["hostCpuMicrosecondsPerCommand"] = Math.Round(cpu.TotalMicroseconds / timings.Count),
            ["collections"] = collections,
            ["collectionsMs"] = Math.Round(paused.TotalMilliseconds),
        };
        if (ordinary is not null) (details["ordinaryP50Ms"], details["ordinaryP99Ms"]) = (Percentile(ordinary, 0.50), Percentile(ordinary, 0.99));
        return new(Name, Percentile(latencies, 0.99), "ms", null, null, details);
    }

    private static double Percentile(IReadOnlyList<double> latencies, double share) => Math.Round(Result.Percentile(latencies, share), 1);

    private static SubmitOptions Completed => new() { Wait = Wait.Completed, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Notes when each submission's command was accepted, which Intake counts within the submission itself.</summary>
    private static MeterListener Acceptances()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "cmdr.intake.accepted") listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => Accepted.Value?.Value = Stopwatch.GetTimestamp());
        listener.Start();
        return listener;
    }

    private static async Task<IReadOnlyList<Timing>> Paced(IIntake intake, TimeSpan time, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var sent = new List<Task<Timing>>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (watch.Elapsed < time && await timer.WaitForNextTickAsync(stop))
        {
            for (; sent.Count < watch.Elapsed.TotalSeconds * Pace;) sent.Add(Timed(sent.Count, sent.Count * 1000.0 / Pace));
        }

        return await Task.WhenAll(sent);

        async Task<Timing> Timed(int n, double dueMs)
        {
            var accepted = Accepted.Value = new();
            await Deposit(intake, n, stop);
            var fromDue = watch.Elapsed.TotalMilliseconds - dueMs;
            return accepted.Value == 0 ? throw new InvalidOperationException("Intake did not tell that it accepted a command.") : new(Stopwatch.GetElapsedTime(accepted.Value).TotalMilliseconds, fromDue);
        }
    }

    /// <returns>How many commands were completed: one.</returns>
    private static async Task<int> Deposit(IIntake intake, int n, CancellationToken stop)
    {
        var submitted = await intake.Submit([Submission.Of(new Ledger.Deposit($"a{n % Accounts}", 1m))], Completed, stop);
        if (submitted.Receipts[0] is not { Status: Status.Completed, TimedOut: false }) throw new InvalidOperationException($"Not completed: {submitted.Receipts[0]}");
        return 1;
    }

    /// <summary>What one command took until it was completed, in ms.</summary>
    /// <param name="FromAccepted">Since it was on the log.</param>
    /// <param name="FromDue">Since it was due to be sent, so that a stall is not hidden by its own queue.</param>
    private sealed record Timing(double FromAccepted, double FromDue);
}
