using Cmdr.Testing;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

public sealed class OpeningTests(PostgresServer server)
{
    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosts_that_start_at_once_create_one_log()
    {
        var database = await server.Database(stop);
        var hosts = Enumerable.Range(0, 8).Select(_ => new LogHost(database)).ToList();

        var found = await Task.WhenAll(hosts.Select(host => host.Log.Describe(stop).AsTask()));

        Assert.Single(found.Distinct());
        Assert.Equal(16, found[0].Partitions);
        foreach (var host in hosts) await host.DisposeAsync();
    }

    [Fact]
    public async Task A_host_that_asks_for_another_partition_count_is_told_what_to_set()
    {
        var database = await server.Database(stop);
        await using var first = new LogHost(database, partitions: 8);
        await first.Log.Describe(stop);
        await using var second = new LogHost(database, partitions: 12);

        var refused = await Assert.ThrowsAsync<SettingException>(async () => await second.Log.Describe(stop));

        Assert.Equal("Cmdr:Partitions is 12, but the log has 8 partitions, fixed when it was created; remove the setting or set it to 8.", refused.Message);
    }

    [Fact]
    public async Task A_host_that_asks_for_no_partition_count_takes_the_logs()
    {
        var database = await server.Database(stop);
        await using var first = new LogHost(database, partitions: 8);
        await using var second = new LogHost(database);

        Assert.Equal(await first.Log.Describe(stop), await second.Log.Describe(stop));
    }

    [Fact]
    public async Task A_schema_newer_than_the_host_is_refused()
    {
        await using var host = new LogHost(await server.Database(stop));
        await host.Log.Describe(stop);
        await host.Execute("insert into cmdr_log.migration (version) values (99)", stop);
        await using var older = new LogHost(host.Source.ConnectionString);

        var refused = await Assert.ThrowsAsync<PostgresStartException>(async () => await older.Log.Describe(stop));

        Assert.Contains("version 99", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_acknowledges_what_it_may_lose_is_refused()
    {
        await using var host = new LogHost(new NpgsqlConnectionStringBuilder(await server.Database(stop)) { Options = "-c synchronous_commit=off" }.ConnectionString);

        var refused = await Assert.ThrowsAsync<SettingException>(async () => await host.Log.Describe(stop));

        Assert.Contains("synchronous_commit is off", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_append_at_once_whatever_isolation_the_server_gives_by_default()
    {
        var database = new NpgsqlConnectionStringBuilder(await server.Database(stop)) { Options = "-c default_transaction_isolation=serializable" }.ConnectionString;
        await using var one = new LogHost(database, partitions: 1);
        await one.Log.EndOf("events", stop);
        await using var other = new LogHost(database);

        await Task.WhenAll(((LogHost[])[one, other]).Select(async host =>
        {
            for (var n = 0; n < 200; n++) await host.Log.Append("events", [LogHost.Record("key", $"{n}")], stop);
        }));

        Assert.Equal(400, (await one.Values("events", stop)).Count);
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_an_error_of_the_log()
    {
        await using var host = new LogHost("Host=127.0.0.1;Port=1;Username=nobody;Timeout=2");

        await Assert.ThrowsAsync<LogException>(async () => await host.Log.Describe(stop));
    }

    [Fact]
    public async Task People_read_records_in_SQL()
    {
        await using var host = new LogHost(await server.Database(stop));
        await host.Log.Append("events", [new("account/a1"u8.ToArray(), "{}"u8.ToArray(), [new("ce_id", "1"u8.ToArray()), new("long", new byte[300]), new("bin", new byte[] { 255 })])], stop);

        var read = await host.Ask<string>("select topic || ' ' || key || ' ' || value || ' ' || headers::text from cmdr_log.readable", stop);

        Assert.StartsWith("""events account/a1 {} [{"name": "ce_id", "value": "1"}, {"name": "long", "value": "\\x00""", read, StringComparison.Ordinal);
        Assert.EndsWith("""{"name": "bin", "value": "\\xff"}]""", read, StringComparison.Ordinal);
    }
}
