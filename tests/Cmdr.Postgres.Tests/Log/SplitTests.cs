using Cmdr.Testing;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>The table of batches is split by an administrator who is neither its owner nor any host.</summary>
public sealed class SplitTests(PostgresServer server)
{
    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Those_who_could_append_and_read_before_a_split_can_after_it()
    {
        var database = await server.Database(stop);
        await using var administrator = NpgsqlDataSource.Create(database);
        await Execute("create role log_owner login; create role log_reader login");
        await Execute($"grant create on database {new NpgsqlConnectionStringBuilder(database).Database} to log_owner");
        await using var owner = new LogHost(As("log_owner"), partitions: 1);
        await owner.Log.Append("events", [LogHost.Record("key", "before")], stop);
        await owner.Execute("grant usage on schema cmdr_log to log_reader; grant select on cmdr_log.batch to log_reader with grant option", stop);

        await Execute($"set cmdr.split_at = '2'; set cmdr.split_width = '100'; set cmdr.split_ranges = '2'; {Sql.SplitByRange}");

        await owner.Log.Append("events", [LogHost.Record("key", "at its end")], stop);
        await owner.Log.Append("events", [LogHost.Record("key", "after")], stop);
        Assert.Equal(["before", "at its end", "after"], await owner.Values("events", stop));
        await using var reader = new LogHost(As("log_reader"));
        Assert.Equal(3, await reader.Ask<long>("select count(*) from cmdr_log.batch", stop));
        Assert.Equal(1, await reader.Ask<long>("select count(*) from cmdr_log.batch_1", stop));
        Assert.Equal("log_owner", await owner.Ask<string>("select string_agg(distinct tableowner, ',') from pg_tables where schemaname = 'cmdr_log'", stop));

        string As(string role) => new NpgsqlConnectionStringBuilder(database) { Username = role }.ConnectionString;

        async Task Execute(string sql)
        {
            await using var command = administrator.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(stop);
        }
    }
}
