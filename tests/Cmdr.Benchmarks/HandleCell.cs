using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>Handling takes commands that wait on the log to events, one account's state each.</summary>
internal sealed class HandleCell : ICell
{
    private const int Commands = 150_000;
    private const int Accounts = 5000;
    private const int Rounds = 3;

    public string Name => "handle";

    public string Description => "commands/s through Handling, from the log to the log; floor: a bare hop in SQL: read 500, append 500, move the position, commit";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        var rounds = new List<(double, double)>();
        for (var round = 0; round <= Rounds; round++)
        {
            var database = await bench.Database(cancellationToken);
            await Preload(database, cancellationToken);
            var bare = await Hop(database, cancellationToken);
            var handled = await Handle(database, cancellationToken);
            if (round > 0) rounds.Add((handled, bare)); // the first warms up code, caches and the server
        }

        return Result.OfRounds(Name, "commands/s", rounds);
    }

    private static async Task Preload(string database, CancellationToken stop)
    {
        using var host = await BenchHost.Start(database, stop, roles: "none");
        var log = host.Services.GetRequiredService<ILog>();
        foreach (var accounts in Enumerable.Range(0, Accounts).Chunk(1000)) await log.Append(Topics.Commands, [.. accounts.Select(Bench.Open)], stop);
        foreach (var commands in Enumerable.Range(0, Commands).Chunk(1000)) await log.Append(Topics.Commands, [.. commands.Select(n => Bench.Deposit(n % Accounts))], stop);
        await host.StopAsync(stop);
    }

    private static async Task<double> Hop(string database, CancellationToken stop)
    {
        await using var source = Bench.Source(database);
        await using var floor = new Floor(source);
        await floor.Open(stop);
        await using (var copy = source.CreateCommand(
            "insert into floor.record (topic, partition, \"offset\", key, value, headers) select 1, 0, row_number() over () - 1, r.key, r.value, r.headers from cmdr_log.batch b, cmdr_log.records(b.payload) r limit 150000"))
        {
            await copy.ExecuteNonQueryAsync(stop);
        }

        return await floor.HopRate(1, 2, Commands, stop);
    }

    /// <summary>The rate between a tenth and the whole, so that neither start nor the first join is measured.</summary>
    private static async Task<double> Handle(string database, CancellationToken stop)
    {
        using var host = await BenchHost.Start(database, stop, roles: "handling");
        var log = host.Services.GetRequiredService<ILog>();
        const int all = Commands + Accounts;
        var (from, begun) = await Reached(log, all / 10, stop);
        var (to, ended) = await Reached(log, all, stop);
        await host.StopAsync(stop);
        return (to - from) / Stopwatch.GetElapsedTime(begun, ended).TotalSeconds;
    }

    private static async Task<(long Count, long Timestamp)> Reached(ILog log, long count, CancellationToken stop)
    {
        while (true)
        {
            var reached = (await log.EndOf(Topics.Events, stop)).Next.Sum();
            if (reached >= count) return (reached, Stopwatch.GetTimestamp());
            await Task.Delay(5, stop);
        }
    }
}
