using System.Text.Json;
using Cmdr.Testing;
using Npgsql;

namespace Cmdr.Host.Tests;

/// <summary>The log on PostgreSQL, read from outside through the view that it has for people.</summary>
internal sealed class PostgresDeployment(PostgresServer server, string database) : Deployment(database)
{
    private const string Rows = """
        select partition, "offset", value, headers::text from cmdr_log.readable where topic = $1 and "offset" >= coalesce(($2::bigint[])[partition + 1], 0)
        order by partition, "offset"
        """;

    private const string Owning = """
        select distinct m.id::text from cmdr_log.consumer_group g
        join cmdr_log.member m on m.consumer_group = g.id and m.expires_at > clock_timestamp()
        join cmdr_log.lease l on l.consumer_group = g.id and l.member = m.id
        where g.name = $1
        """;

    internal override async Task<IReadOnlyList<Line>> Read(string topic, IReadOnlyDictionary<int, long> from, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(Database);
        await using var command = source.CreateCommand(Rows);
        command.CommandTimeout = 300;
        command.Parameters.AddWithValue(topic);
        command.Parameters.AddWithValue(Enumerable.Range(0, from.Count == 0 ? 0 : from.Keys.Max() + 1).Select(partition => from.GetValueOrDefault(partition)).ToArray());
        var lines = new List<Line>();
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop)) lines.Add(Line.Of(reader.GetInt32(0), reader.GetInt64(1), Headers(reader.GetString(3)), reader.GetString(2)));
        return lines;
    }

    internal override async Task<IReadOnlySet<string>> Owners(string group, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(Database);
        await using var command = source.CreateCommand(Owning);
        command.Parameters.AddWithValue(group);
        var members = new HashSet<string>();
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop)) members.Add(reader.GetString(0));
        return members;
    }

    internal override Task Kill(int number, CancellationToken stop) => server.Kill(stop);

    internal override Task Start(int number, CancellationToken stop) => server.Start(stop);

    internal override Task RefuseWrites(CancellationToken stop) => SetReadOnly("on", stop);

    internal override Task TakeWrites(CancellationToken stop) => SetReadOnly("off", stop);

    /// <summary>A commit is one statement: it is never seen half.</summary>
    internal override Task<IReadOnlyCollection<(int Partition, long Offset)>?> HeldUp(CancellationToken stop) => Task.FromResult<IReadOnlyCollection<(int, long)>?>(null);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>For the sessions to come; those that are open are ended.</summary>
    private async Task SetReadOnly(string value, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Database) { Options = "-c default_transaction_read_only=off" });
        var name = new NpgsqlConnectionStringBuilder(Database).Database;
        await source.CreateCommand($"alter database {name} set default_transaction_read_only = {value}").ExecuteNonQueryAsync(stop);
        await source.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()").ExecuteNonQueryAsync(stop);
    }

    private static Dictionary<string, string> Headers(string json) => JsonDocument.Parse(json).RootElement.EnumerateArray()
        .ToDictionary(header => header.GetProperty("name").GetString()!, header => header.GetProperty("value").GetString()!); // the view gives both
}
