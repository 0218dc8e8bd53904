using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>A group's one member takes what waits on the log, slice by slice; beside it a reader without a group.</summary>
internal sealed class ConsumeCell : ICell
{
    private const int Records = 300_000;
    private const int Rounds = 5;

    public string Name => "consume";

    public string Description => "records/s through a group's slices; floor: one bare reader, pages of 500 in SQL or a consumer of Kafka";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        var settings = await bench.Fresh(cancellationToken);
        using var host = await BenchHost.Start(settings, cancellationToken, roles: "none");
        var log = host.Services.GetRequiredService<ILog>();
        LogRecord[] records = [.. Enumerable.Range(0, Records).Select(n => Bench.Deposit(n % 5000))];
        foreach (var chunk in records.Chunk(1000)) await log.Append(Topics.Commands, chunk, cancellationToken);
        await using var floor = await bench.Floor(settings, cancellationToken);
        await floor.Fill(records, cancellationToken);

        var rounds = new List<(double, double)>();
        var read = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var bare = await floor.ReadRate(_ => { }, cancellationToken);
            var consumed = await Consumed(log, $"consume-{round}", cancellationToken);
            var tailed = await Tailed(log, cancellationToken);
            if (round == 0) continue; // warms up code, caches and the server
            rounds.Add((consumed, bare));
            read.Add(tailed);
        }

        await host.StopAsync(cancellationToken);
        return Result.OfRounds(Name, "records/s", rounds, new Dictionary<string, object> { ["withoutGroup"] = Math.Round(Result.Median(read)) });
    }

    /// <summary>From the first slice on, so that joining is not measured.</summary>
    private static async Task<double> Consumed(ILog log, string group, CancellationToken stop)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var counter = new Counter(Records, leave.Cancel);
        await log.Consume(new LogGroup(group, [Topics.Commands], PositionKeeping.AfterSlice) { MaxSliceRecords = 4000 }, counter, leave.Token);
        return counter.Rate;
    }

    private static async Task<double> Tailed(ILog log, CancellationToken stop)
    {
        var (watch, count) = (Stopwatch.StartNew(), 0);
        await foreach (var page in log.Read(Cursor.Beginning(await log.Describe(stop), Topics.Commands), stop))
        {
            if ((count += page.Records.Count) >= Records) break;
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    private sealed class Counter(int goal, Action done) : ILogConsumer
    {
        private readonly Stopwatch watch = new();
        private int count;
        private int first;

        internal double Rate => (count - first) / watch.Elapsed.TotalSeconds;

        public ValueTask Consume(Slice slice, CancellationToken cancellationToken)
        {
            count += slice.Records.Count;
            if (!watch.IsRunning)
            {
                first = count;
                watch.Start();
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask Committed(Slice slice, CancellationToken cancellationToken)
        {
            if (count < goal) return ValueTask.CompletedTask;
            watch.Stop();
            done();
            return ValueTask.CompletedTask;
        }

        public ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken) => new(new Dictionary<TopicPartition, long>());

        public ValueTask Aborted(Slice slice, CancellationToken cancellationToken) => throw new InvalidOperationException("A slice was not committed, though there is nobody else.");

        public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
