using Cmdr.Testing;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

public sealed class PostgresLogContract(PostgresServer server) : LogContract, IAsyncDisposable
{
    private readonly List<LogHost> hosts = [];
    private string? database;

    public static TheoryData<string> Names => [.. Cases.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_log_on_PostgreSQL_keeps_the_contract(string name) => Case(name).Run(this, TestContext.Current.CancellationToken);

    public override async Task<ILog> OpenLog(CancellationToken cancellationToken)
    {
        hosts.Add(new(database ??= await server.Database(cancellationToken), partitions: 4));
        return hosts[^1].Log;
    }

    public override async Task Recreate(CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database!); // a case opens the log before it recreates it
        await using var drop = source.CreateCommand("drop schema cmdr_log cascade");
        await drop.ExecuteNonQueryAsync(cancellationToken);
    }

    public override async Task Expire(LogGroup group, TopicPartition partition, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database!); // a case opens the log before it consumes from it
        await using var expire = source.CreateCommand(
            "delete from cmdr_log.member where id = (select member from cmdr_log.lease l"
            + " join cmdr_log.consumer_group g on g.id = l.consumer_group join cmdr_log.topic t on t.id = l.topic"
            + " where g.name = $1 and t.name = $2 and l.partition = $3)");
        expire.Parameters.AddWithValue(group.Name);
        expire.Parameters.AddWithValue(partition.Topic);
        expire.Parameters.AddWithValue(partition.Partition);
        Assert.Equal(1, await expire.ExecuteNonQueryAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts) await host.DisposeAsync();
    }
}
