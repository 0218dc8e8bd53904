using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>A command's whole way through one host: accepted by Intake until views show it.</summary>
internal sealed class EndToEndCell : ICell
{
    private const int Callers = 512;
    private const int Accounts = 2000;

    // A broker's Java and the host itself go on compiling for long, on the cores of what is measured.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(25);

    public string Name => "endtoend";

    public string Description => "accepted to projected: rate, and p50 and p99 at a quarter of that rate; no floor, p99 is to stay under 150 ms";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        using var host = await BenchHost.Start(await bench.Fresh(cancellationToken), cancellationToken);
        var intake = host.Services.GetRequiredService<IIntake>();
        await intake.Submit([.. Enumerable.Range(0, Accounts).Select(n => Submission.Of(new Ledger.OpenAccount($"a{n}", "Ann", "EUR")))], Projected, cancellationToken);

        await Bench.Rate(Callers, WarmUp, caller => Deposit(intake, caller, cancellationToken));
        var rate = await Bench.Rate(Callers, TimeSpan.FromSeconds(8), caller => Deposit(intake, caller, cancellationToken));
        var latencies = await Paced(intake, rate / 4, TimeSpan.FromSeconds(10), cancellationToken);
        await host.StopAsync(cancellationToken);
        return new(Name, Math.Round(rate), "commands/s", null, null, new Dictionary<string, object>
        {
            ["pacedRate"] = Math.Round(rate / 4),
            ["p50Ms"] = Math.Round(Result.Percentile(latencies, 0.50), 1),
            ["p99Ms"] = Math.Round(Result.Percentile(latencies, 0.99), 1),
        });
    }

    private static SubmitOptions Projected => new() { Wait = Wait.Projected, Timeout = TimeSpan.FromSeconds(60) };

    private static async Task<int> Deposit(IIntake intake, int n, CancellationToken stop)
    {
        var submitted = await intake.Submit([Submission.Of(new Ledger.Deposit($"a{n % Accounts}", 1m))], Projected, stop);
        return submitted.Receipts[0] is { Projected: true, TimedOut: false } ? 1 : throw new InvalidOperationException($"Not projected: {submitted.Receipts[0]}");
    }

    /// <summary>Milliseconds from the moment at which each command was due to be sent, so that a stall is not hidden by its own queue.</summary>
    private static async Task<IReadOnlyList<double>> Paced(IIntake intake, double rate, TimeSpan time, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var sent = new List<Task<double>>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (watch.Elapsed < time && await timer.WaitForNextTickAsync(stop))
        {
            for (; sent.Count < watch.Elapsed.TotalSeconds * rate; ) sent.Add(Timed(intake, sent.Count, watch, sent.Count / rate * 1000, stop));
        }

        return await Task.WhenAll(sent);
    }

    private static async Task<double> Timed(IIntake intake, int n, Stopwatch watch, double dueMs, CancellationToken stop)
    {
        await Deposit(intake, n, stop);
        return watch.Elapsed.TotalMilliseconds - dueMs;
    }
}
