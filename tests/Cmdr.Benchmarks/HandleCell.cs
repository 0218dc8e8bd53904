using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>Handling takes commands that wait on the log to events, one account's state each.</summary>
internal sealed class HandleCell : ICell
{
    private const int Commands = 300_000;
    private const int Accounts = 5000;
    private const int All = Commands + Accounts;
    private const int Rounds = 5;

    // A run takes seconds, and each look costs what is measured.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    public string Name => "handle";

    public string Description => "commands/s through Handling, from the log to the log; floor: a bare hop: read, append as many, move the position, commit (500 a time in SQL, 4,000 on Kafka)";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        var rounds = new List<(double, double)>();
        for (var round = 0; round <= Rounds; round++)
        {
            var settings = await bench.Fresh(cancellationToken);
            await Preload(settings, cancellationToken);
            await using var floor = await bench.Floor(settings, cancellationToken);
            await floor.Fill([.. Deposits()], cancellationToken);
            var bare = await floor.HopRate(cancellationToken);
            var handled = await Handle(settings, cancellationToken);
            if (round > 0) rounds.Add((handled, bare)); // the first warms up code, caches and the server
        }

        return Result.OfRounds(Name, "commands/s", rounds);
    }

    // Made anew each time: what is kept, the collector would go through while it is measured.
    private static IEnumerable<LogRecord> Deposits() => Enumerable.Range(0, Commands).Select(n => Bench.Deposit(n % Accounts));

    private static async Task Preload(IReadOnlyDictionary<string, string?> settings, CancellationToken stop)
    {
        using var host = await BenchHost.Start(settings, stop, roles: "none");
        var log = host.Services.GetRequiredService<ILog>();
        foreach (var chunk in Enumerable.Range(0, Accounts).Select(Bench.Open).Concat(Deposits()).Chunk(1000)) await log.Append(Topics.Commands, chunk, stop);
        await host.StopAsync(stop);
    }

    /// <summary>The rate between about a tenth and the whole, so that neither start nor the first join is measured.</summary>
    private static async Task<double> Handle(IReadOnlyDictionary<string, string?> settings, CancellationToken stop)
    {
        using var host = await BenchHost.Start(settings, stop, roles: "handling");
        var log = host.Services.GetRequiredService<ILog>();
        var (from, begun) = await Reached(log, All / 10, stop);
        var ended = await Ended(log, stop);
        var left = await CountAfter(log, from, stop);
        await host.StopAsync(stop);
        return left / Stopwatch.GetElapsedTime(begun, ended).TotalSeconds;
    }

    private static async Task<(Cursor End, long Timestamp)> Reached(ILog log, long count, CancellationToken stop)
    {
        while (true)
        {
            var end = await log.EndOf(Topics.Events, stop);
            if (end.Next.Sum() >= count) return (end, Stopwatch.GetTimestamp());
            await Task.Delay(Look, stop);
        }
    }

    /// <summary>When the last of all commands was answered. Offsets may have gaps, so the end is what stays the end.</summary>
    private static async Task<long> Ended(ILog log, CancellationToken stop)
    {
        var (last, since) = (0L, Stopwatch.GetTimestamp());
        while (last < All || Stopwatch.GetElapsedTime(since) < Quiet)
        {
            if ((await log.EndOf(Topics.Events, stop)).Next.Sum() is var now && now > last) (last, since) = (now, Stopwatch.GetTimestamp());
            await Task.Delay(Look, stop);
        }

        return since;
    }

    /// <summary>Counts the events past a cursor; all there are must be an answer to each command. A page without any only tells how far the reader is.</summary>
    private static async Task<int> CountAfter(ILog log, Cursor from, CancellationToken stop)
    {
        var (all, after, end) = (0, 0, await log.EndOf(Topics.Events, stop));
        await foreach (var page in log.Read(Cursor.Beginning(await log.Describe(stop), Topics.Events), stop))
        {
            all += page.Records.Count;
            after += page.Records.Count(record => !from.Includes(record.Position));
            if (page.Cursor.Covers(end)) break;
        }

        return all == All ? after : throw new InvalidOperationException($"Handling stood still at {all} of {All} answers.");
    }
}
