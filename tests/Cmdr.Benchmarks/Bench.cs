using System.Diagnostics;
using Cmdr.Testing;
using Confluent.Kafka;

namespace Cmdr.Benchmarks;

/// <summary>What the cells measure on: servers of the run's own, PostgreSQL durable, fresh logs, records of the usual size.</summary>
/// <param name="log">Which log: <c>postgres</c> or <c>kafka</c>.</param>
/// <param name="partitions">Of the log's topics, and of the floors'.</param>
internal sealed class Bench(string log, int partitions) : IAsyncDisposable
{
    internal const string Postgres = "postgres", Kafka = "kafka";

    private readonly PostgresServer postgres = new() { IsDurable = true };

    // A broker has 8 threads for requests and 3 for connections unless told, each of which it wakes in turn; here it shares the processors with its clients.
    private readonly KafkaServer kafka = new()
    {
        Settings = new Dictionary<string, string> { ["num.io.threads"] = $"{Environment.ProcessorCount}", ["num.network.threads"] = $"{(Environment.ProcessorCount + 1) / 2}" },
    };

    internal string Log => log;

    internal int Partitions => partitions;

    /// <summary>The settings of a log that is empty, beside a database that is empty; whatever log was there before is gone.</summary>
    internal async Task<IReadOnlyDictionary<string, string?>> Fresh(CancellationToken stop)
    {
        var settings = new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = await postgres.Database(stop), ["Cmdr:Log"] = log, ["Cmdr:Partitions"] = $"{partitions}" };
        if (log != Kafka) return settings;
        settings["Cmdr:Kafka:bootstrap.servers"] = await kafka.BootstrapServers(stop);
        await Clear(await kafka.BootstrapServers(stop), stop);
        return settings;
    }

    /// <summary>The bare equivalents, on the same server.</summary>
    internal Task<IFloor> Floor(IReadOnlyDictionary<string, string?> settings, CancellationToken stop) => log == Kafka
        ? KafkaFloor.Open(settings["Cmdr:Kafka:bootstrap.servers"]!, partitions) // set above
        : SqlFloor.Open(settings["ConnectionStrings:Postgres"]!, stop); // set above

    /// <summary>Milliseconds of a command's way through an ordinary program, at a pace; null on PostgreSQL, where nothing ordinary follows a table.</summary>
    internal async Task<IReadOnlyList<double>?> Pipe(IReadOnlyDictionary<string, string?> settings, int pace, TimeSpan warmUp, TimeSpan time, CancellationToken stop) => log == Kafka
        ? await new KafkaPipe(settings["Cmdr:Kafka:bootstrap.servers"]!, partitions).Latencies([.. Enumerable.Range(0, pace).Select(Deposit)], pace, warmUp, time, stop) // set above
        : null;

    /// <summary>A command of an account, as Intake would append it: about 200 bytes and a dozen headers.</summary>
    internal static LogRecord Deposit(int account) => Record("deposit", account, new Ledger.Deposit($"a{account}", 1.5m));

    internal static LogRecord Open(int account) => Record("open-account", account, new Ledger.OpenAccount($"a{account}", "Ann", "EUR"));

    internal static LogRecord Deposited(int account) => Record("deposited", account, new Ledger.Deposited(1.5m, "EUR"));

    /// <summary>How many times per second <paramref name="once"/> is done by so many callers at a time, each doing it again and again.</summary>
    internal static async Task<double> Rate(int callers, TimeSpan time, Func<int, Task<int>> once)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var count = 0;
            while (watch.Elapsed < time) count += await once(caller);
            return count;
        })));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await kafka.DisposeAsync();
        await postgres.DisposeAsync();
    }

    private static LogRecord Record(string type, int account, object data) => CloudEventBinding.Write(new()
    {
        Id = Guid.CreateVersion7(),
        Type = type,
        Subject = new("account", $"a{account}"),
        Time = DateTimeOffset.UtcNow,
        CorrelationId = Guid.CreateVersion7(),
        Data = Codec.Encode(data),
    });

    private static async Task Clear(string servers, CancellationToken stop)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        string[] Existing() => [.. admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(topic => topic.Topic).Where(topic => !topic.StartsWith("__", StringComparison.Ordinal))];
        var topics = Existing();
        if (topics.Length > 0) await admin.DeleteTopicsAsync(topics);
        while (Existing().Intersect(topics).Any()) await Task.Delay(50, stop);
    }
}
