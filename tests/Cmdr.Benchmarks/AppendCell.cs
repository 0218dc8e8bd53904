using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>Many callers append single records at once; the log coalesces them.</summary>
internal sealed class AppendCell : ICell
{
    private const int Callers = 512;
    private const int Rounds = 5;

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    public string Name => "append";

    public string Description => "appends/s of 512 callers of one record each; floor: one batch insert loop (500) into a table, or one idempotent producer";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        var settings = await bench.Fresh(cancellationToken);
        using var host = await BenchHost.Start(settings, cancellationToken, roles: "none");
        var log = host.Services.GetRequiredService<ILog>();
        var records = Enumerable.Range(0, Callers).Select(Bench.Deposit).ToArray();
        await log.Append(Topics.Commands, records, cancellationToken);

        await using var floor = await bench.Floor(settings, cancellationToken);
        var rounds = new List<(double, double)>();
        var batched = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var bare = await floor.AppendRate(records, Time, cancellationToken);
            var single = await Bench.Rate(Callers, Time, async caller => (await log.Append(Topics.Commands, [records[caller]], cancellationToken)).Count);
            var hundred = await Bench.Rate(8, Time, async _ => (await log.Append(Topics.Commands, records[..100], cancellationToken)).Count);
            if (round == 0) continue; // warms up code, caches and the server
            rounds.Add((single, bare));
            batched.Add(hundred);
        }

        await host.StopAsync(cancellationToken);
        return Result.OfRounds(Name, "records/s", rounds, new Dictionary<string, object> { ["batchesOf100"] = Math.Round(Result.Median(batched)), ["callers"] = Callers });
    }
}
