using Npgsql;
using Xunit;

namespace Cmdr.Testing.Tests;

public sealed class PostgresServerTests : IAsyncDisposable
{
    private readonly PostgresServer server = new();

    [Fact]
    public async Task Databases_are_empty_and_apart_and_outlive_a_restart()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var (one, other) = (await server.Database(cancellationToken), await server.Database(cancellationToken));
        await Execute(one, "CREATE TABLE t (n int); INSERT INTO t VALUES (7)");
        await server.Restart(cancellationToken);
        Assert.Equal(7, await Execute(one, "SELECT n FROM t"));
        Assert.Equal(DBNull.Value, await Execute(other, "SELECT to_regclass('t')::text"));
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static async Task<object?> Execute(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
