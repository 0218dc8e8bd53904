using System.Diagnostics;
using Cmdr.Ledger;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>A user's processor takes one typed event at a time, through MassTransit's pipe, in order per subject.</summary>
internal sealed class RiderCell : ICell
{
    private const int Records = 1_200_000;
    private const int Accounts = 5000;
    private const int Rounds = 3;
    private const int Members = 2;

    public string Name => "rider";

    public string Description => "events/s through an IConsumer<TEvent>, one typed message at a time, as two members of its group; floor: one bare reader that decodes the JSON. 0.4 of it is 2.5 times its time";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        LogRecord[] records = [.. Enumerable.Range(0, Records).Select(n => Bench.Deposited(n % Accounts))];
        var settings = await bench.Fresh(cancellationToken);
        using (var host = await BenchHost.Start(settings, cancellationToken, roles: "none"))
        {
            var log = host.Services.GetRequiredService<ILog>();
            foreach (var chunk in records.Chunk(1000)) await log.Append(Topics.Events, chunk, cancellationToken);
            await host.StopAsync(cancellationToken);
        }

        await using var floor = await bench.Floor(settings, cancellationToken);
        await floor.Fill(records, cancellationToken);
        records = []; // not what is measured is to keep them alive
        var rounds = new List<(double, double)>();
        for (var round = 0; round <= Rounds; round++)
        {
            var bare = await floor.ReadRate(json => Codec.Decode(json, typeof(Deposited)), cancellationToken);
            var handled = await Handled(settings, $"rider-{round}", cancellationToken);
            if (round > 0) rounds.Add((handled, bare)); // the first warms up code, caches and the server
        }

        return Result.OfRounds(Name, "events/s", rounds, new Dictionary<string, object> { ["members"] = Members });
    }

    /// <summary>The rate between a tenth and the whole, so that neither start nor the first join is measured.</summary>
    private static async Task<double> Handled(IReadOnlyDictionary<string, string?> settings, string group, CancellationToken stop)
    {
        var tally = new Tally(Records / 10, Records);
        using var host = await BenchHost.Start(settings, stop, roles: "processors", cmdr =>
        {
            cmdr.Services.AddSingleton(tally);
            cmdr.Processor<Counting>(group: group, members: Members);
        });
        var (begun, ended) = (await tally.Begun.WaitAsync(stop), await tally.Ended.WaitAsync(stop));
        await host.StopAsync(stop);
        return (Records - (Records / 10)) / Stopwatch.GetElapsedTime(begun, ended).TotalSeconds;
    }

    /// <summary>When so many events had been handled.</summary>
    private sealed class Tally(int begin, int end)
    {
        private readonly TaskCompletionSource<long> begun = new(TaskCreationOptions.RunContinuationsAsynchronously), ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int count;

        internal Task<long> Begun => begun.Task;

        internal Task<long> Ended => ended.Task;

        internal void Add(Deposited e)
        {
            if (e.Amount != 1.5m) throw new InvalidOperationException($"{e} is not what was appended.");
            var now = Interlocked.Increment(ref count);
            if (now == begin) begun.SetResult(Stopwatch.GetTimestamp());
            if (now == end) ended.SetResult(Stopwatch.GetTimestamp());
        }
    }

    private sealed class Counting(Tally tally) : IConsumer<Deposited>
    {
        public Task Consume(ConsumeContext<Deposited> context)
        {
            tally.Add(context.Message);
            return Task.CompletedTask;
        }
    }
}
