using System.Diagnostics;
using Cmdr.Testing;
using Npgsql;

namespace Cmdr.Benchmarks;

/// <summary>What the cells measure on: a durable PostgreSQL server of the run's own, fresh databases, records of the usual size.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly PostgresServer server = new() { IsDurable = true };

    internal ValueTask<string> Database(CancellationToken cancellationToken) => server.Database(cancellationToken);

    internal static NpgsqlDataSource Source(string database) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 2 });

    /// <summary>A command of an account, as Intake would append it: about 200 bytes and a dozen headers.</summary>
    internal static LogRecord Deposit(int account) => CloudEventBinding.Write(new()
    {
        Id = Guid.CreateVersion7(),
        Type = "deposit",
        Subject = new("account", $"a{account}"),
        Time = DateTimeOffset.UtcNow,
        CorrelationId = Guid.CreateVersion7(),
        Data = Codec.Encode(new Ledger.Deposit($"a{account}", 1.5m)),
    });

    internal static LogRecord Open(int account) => CloudEventBinding.Write(new()
    {
        Id = Guid.CreateVersion7(),
        Type = "open-account",
        Subject = new("account", $"a{account}"),
        Time = DateTimeOffset.UtcNow,
        CorrelationId = Guid.CreateVersion7(),
        Data = Codec.Encode(new Ledger.OpenAccount($"a{account}", "Ann", "EUR")),
    });

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

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
