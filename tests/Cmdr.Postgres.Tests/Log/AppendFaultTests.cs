using Cmdr.Testing;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>Appends that the database refuses, and appends that it does not answer: triggers stand in for its faults.</summary>
public sealed class AppendFaultTests(PostgresServer server)
{
    private const string Fault = """
        create function public.fault() returns trigger language plpgsql as $$ begin {0}; return new; end $$;
        create trigger fault before insert on cmdr_log.batch for each row when (position('poison'::bytea in new.payload) > 0) execute function public.fault();
        """;

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_calls_fault_is_not_anothers()
    {
        await using var host = await Faulty("raise exception 'poisoned'");

        var calls = Enumerable.Range(0, 100).Select(n => host.Log.Append("events", [LogHost.Record("key", n == 50 ? "poison" : $"{n}")], stop)).ToList();

        var refused = await Assert.ThrowsAsync<LogException>(() => calls[50]);
        Assert.Contains("Nothing was appended", refused.Message, StringComparison.Ordinal);
        Assert.Contains("poisoned", refused.Message, StringComparison.Ordinal);
        await Task.WhenAll(calls.Where(call => call != calls[50]));
        Assert.Equal(99, (await host.Values("events", stop)).Count);
    }

    [Fact]
    public async Task Appends_to_a_partition_that_someone_holds_are_refused_together_and_soon()
    {
        await using var host = new LogHost(await server.Database(stop));
        await host.Log.EndOf("events", stop);
        await using var holder = await host.Source.OpenConnectionAsync(stop);
        await using var transaction = await holder.BeginTransactionAsync(stop);
        await using var hold = new NpgsqlCommand("select * from cmdr_log.partition for update", holder);
        await hold.ExecuteNonQueryAsync(stop);

        var calls = Enumerable.Range(0, 50).Select(n => host.Log.Append("events", [LogHost.Record("key", $"{n}")], stop)).ToList();
        var refused = await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<LogException>(() => call))).WaitAsync(TimeSpan.FromSeconds(20), stop);

        Assert.All(refused, fault => Assert.Contains("Nothing was appended", fault.Message, StringComparison.Ordinal));
        await transaction.RollbackAsync(stop);
        await host.Log.Append("events", [LogHost.Record("key", "after")], stop);
        Assert.Equal(["after"], await host.Values("events", stop));
    }

    [Fact]
    public async Task An_append_that_is_not_answered_is_said_to_be_unknown_and_names_the_record()
    {
        await using var host = await Faulty("perform pg_terminate_backend(pg_backend_pid())");

        var unknown = await Assert.ThrowsAsync<LogException>(() => host.Log.Append("events", [LogHost.Record("key", "poison")], stop));

        Assert.Contains("unknown", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("id of poison", unknown.Message, StringComparison.Ordinal);
        await host.Log.Append("events", [LogHost.Record("key", "after")], stop);
        Assert.Equal(["after"], await host.Values("events", stop));
    }

    [Fact]
    public async Task An_append_that_was_made_but_not_answered_is_said_to_be_unknown()
    {
        var database = await server.Database(stop);
        using var proxy = new CuttingProxy(database, "cut here");
        await using var host = new LogHost(proxy.Database);

        var unknown = await Assert.ThrowsAsync<LogException>(() => host.Log.Append("events", [LogHost.Record("key", "cut here")], stop));

        Assert.Contains("unknown", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(["cut here"], await host.Values("events", stop));
    }

    [Fact]
    public async Task Concurrent_appends_share_transactions()
    {
        await using var host = new LogHost(await server.Database(stop));
        await host.Log.Append("events", [LogHost.Record("key", "first")], stop);

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => host.Log.Append("events", [LogHost.Record($"key-{n}", "value")], stop)));

        Assert.InRange(await host.Ask<long>("select count(distinct xmin::text) from cmdr_log.batch", stop), 2, 200);
    }

    private async Task<LogHost> Faulty(string fault)
    {
        var host = new LogHost(await server.Database(stop));
        await host.Log.EndOf("events", stop);
        await host.Execute(Fault.Replace("{0}", fault, StringComparison.Ordinal), stop);
        return host;
    }
}
