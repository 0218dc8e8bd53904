using System.Text;
using Cmdr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>A host that migrates the schema, while hosts of the version before it are at work.</summary>
public sealed class MigrationTests(PostgresServer server)
{
    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_host_of_an_earlier_version_commits_while_another_migrates_is_kept()
    {
        await using var host = new LogHost(await server.Database(stop));
        await First(host);
        await using var old = await host.Source.OpenConnectionAsync(stop);
        await using var append = await old.BeginTransactionAsync(stop);
        await using var record = new NpgsqlCommand(
            "update cmdr_log.partition set next_offset = 1 where topic = 1 and partition = 1; insert into cmdr_log.record values (1, 1, 0, 'key', 'value', '')", old);
        await record.ExecuteNonQueryAsync(stop);

        var opening = host.Log.Describe(stop).AsTask();
        await host.SomeoneWaits("relation", stop);
        await append.CommitAsync(stop);
        await opening;

        var read = Assert.Single(await host.Log.ReadAt([new("events", 1, 0)], stop));
        Assert.Equal("value", Encoding.UTF8.GetString(read!.Record.Value.Span)); // it was committed
    }

    [Fact]
    public async Task A_migration_takes_as_long_as_it_takes_and_holds_up_no_start()
    {
        var database = await server.Database(stop);
        await using var other = new LogHost(database);
        await using var migrating = await other.Source.OpenConnectionAsync(stop);
        await using var migration = await migrating.BeginTransactionAsync(stop);
        await using var locking = new NpgsqlCommand(Sql.LockSchema, migrating);
        await locking.ExecuteNonQueryAsync(stop);
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Configuration["ConnectionStrings:Postgres"] = new NpgsqlConnectionStringBuilder(database) { CommandTimeout = 1 }.ConnectionString;
        builder.AddCmdr(cmdr => cmdr.AddPostgres().AddPostgresLog());
        using var host = builder.Build();

        await host.StartAsync(stop).WaitAsync(TimeSpan.FromSeconds(20), stop);
        await LogHost.Until(
            () => other.Ask<bool>("select exists (select from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and clock_timestamp() - query_start > '2 s')", stop),
            "it waits longer than any other statement may take", stop);

        await migration.RollbackAsync(stop);
        await host.Services.GetRequiredService<LogOpening>().Opened.WaitAsync(TimeSpan.FromSeconds(20), stop);
        await host.StopAsync(stop);
    }

    /// <summary>The schema as the first version had it, with a topic.</summary>
    private async Task First(LogHost host)
    {
        await host.Execute($"{Sql.FoundSchema}; {Sql.Migrations[0]}; insert into cmdr_log.migration (version) values (1); insert into cmdr_log.log (partitions) values (4)", stop);
        await host.Execute("insert into cmdr_log.topic (name) values ('events'); insert into cmdr_log.partition (topic, partition) select 1, n from generate_series(0, 3) n", stop);
    }
}
