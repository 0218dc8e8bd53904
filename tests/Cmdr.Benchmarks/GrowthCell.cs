using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>The log on PostgreSQL when it is small, and when it holds ten million records.</summary>
internal sealed class GrowthCell : ICell
{
    private const int Few = 200_000;
    private const int Callers = 512;
    private const int Rounds = 3;

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    // A smaller one, to try the cell itself.
    private static readonly int Many = int.Parse(Environment.GetEnvironmentVariable("BENCHMARK_RECORDS") ?? "10000000", CultureInfo.InvariantCulture);

    public string Name => "growth";

    public string Description => "appends/s of 512 callers to a log of 10,000,000 records (BENCHMARK_RECORDS); floor: to one of 200,000 in turns; takes 3 GB and minutes";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        if (bench.Log != Bench.Postgres) throw new InvalidOperationException("This cell looks into the tables of PostgreSQL; on Kafka it has nothing to measure.");
        var settings = await bench.Fresh(cancellationToken);
        using var smallHost = await BenchHost.Start(await bench.Fresh(cancellationToken), cancellationToken, roles: "none");
        using var largeHost = await BenchHost.Start(settings, cancellationToken, roles: "none");
        var (few, many) = (smallHost.Services.GetRequiredService<ILog>(), largeHost.Services.GetRequiredService<ILog>());
        await Fill(few, Few, cancellationToken);
        var details = new Dictionary<string, object> { ["filledPerSecond"] = Math.Round(await Fill(many, Many, cancellationToken)) };

        var (small, large) = (new List<Sample>(), new List<Sample>());
        for (var round = 0; round <= Rounds; round++)
        {
            var (s, l) = (await Measure(few, cancellationToken), await Measure(many, cancellationToken));
            if (round == 0) continue; // warms up code, caches and the server
            small.Add(s);
            large.Add(l);
        }

        (details["small"], details["large"]) = (Sample.Median(small), Sample.Median(large));
        await new TableReport(settings["ConnectionStrings:Postgres"]!).AddTo(details, cancellationToken); // the log is on it
        await smallHost.StopAsync(cancellationToken);
        await largeHost.StopAsync(cancellationToken);
        return Result.OfRounds(Name, "records/s", [.. large.Zip(small, (l, s) => (l.Appends, s.Appends))], details);
    }

    /// <summary>Fills the log up to so many records; the records per second.</summary>
    private static async Task<double> Fill(ILog log, int count, CancellationToken stop)
    {
        var left = count - (int)(await log.EndOf(Topics.Commands, stop)).Next.Sum();
        var batches = Enumerable.Range(0, 20).Select(batch => Enumerable.Range(batch * 1000, 1000).Select(Bench.Deposit).ToArray()).ToArray();
        var watch = Stopwatch.StartNew();
        await Parallel.ForAsync(0, Math.Max(0, left / 1000), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = stop },
            async (n, token) => await log.Append(Topics.Commands, batches[n % batches.Length], token));
        return left / watch.Elapsed.TotalSeconds;
    }

    private static async Task<Sample> Measure(ILog log, CancellationToken stop)
    {
        var records = Enumerable.Range(0, Callers).Select(Bench.Deposit).ToArray();
        var appends = await Bench.Rate(Callers, Time, async caller => (await log.Append(Topics.Commands, [records[caller]], stop)).Count);
        var reads = await ReadRate(log, stop);
        var end = await log.EndOf(Topics.Commands, stop);
        var random = new Random(1);
        var lookups = await Bench.Rate(4, Time, async _ =>
        {
            var positions = Enumerable.Range(0, 100).Select(_ => random.Next(end.Next.Length)).Select(n => new Position(Topics.Commands, n, random.NextInt64(end.Next[n]))).ToList();
            var found = await log.ReadAt(positions, stop);
            return found.All(record => record is not null) ? found.Count : throw new InvalidOperationException("A record is missing.");
        });
        var tails = await Tails(log, end, stop);
        return new(Math.Round(appends), Math.Round(reads), Math.Round(lookups), Math.Round(Result.Percentile(tails, 0.5), 2), Math.Round(Result.Percentile(tails, 0.99), 2));
    }

    /// <summary>Records per second from the beginning of the log.</summary>
    private static async Task<double> ReadRate(ILog log, CancellationToken stop)
    {
        var (watch, count) = (Stopwatch.StartNew(), 0L);
        await foreach (var page in log.Read(Cursor.Beginning(await log.Describe(stop), Topics.Commands), stop))
        {
            count += page.Records.Count;
            if (page.Records.Count == 0 || watch.Elapsed > Time) break;
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Milliseconds from an append until a reader of the tail has it, one at a time.</summary>
    private static async Task<IReadOnlyList<double>> Tails(ILog log, Cursor end, CancellationToken stop)
    {
        var latencies = new List<double>();
        await using var pages = log.Read(end, stop).GetAsyncEnumerator(stop);
        await pages.MoveNextAsync(); // it has caught up
        for (var n = 0; n < 500; n++)
        {
            var began = Stopwatch.GetTimestamp();
            var position = (await log.Append(Topics.Commands, [Bench.Deposit(n)], stop))[0];
            while (pages.Current.Cursor.Next[position.Partition] <= position.Offset) await pages.MoveNextAsync();
            latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return latencies;
    }

    /// <param name="Appends">Records per second of many callers.</param>
    /// <param name="Reads">Records per second from the beginning.</param>
    /// <param name="Lookups">Records per second at random positions, a hundred at a time.</param>
    /// <param name="TailP50Ms">From an append until a reader has it.</param>
    /// <param name="TailP99Ms">The same, the hundredth.</param>
    private sealed record Sample(double Appends, double Reads, double Lookups, double TailP50Ms, double TailP99Ms)
    {
        internal static Sample Median(IReadOnlyList<Sample> samples) => new(
            Result.Median(samples.Select(sample => sample.Appends)), Result.Median(samples.Select(sample => sample.Reads)), Result.Median(samples.Select(sample => sample.Lookups)),
            Result.Median(samples.Select(sample => sample.TailP50Ms)), Result.Median(samples.Select(sample => sample.TailP99Ms)));
    }
}
