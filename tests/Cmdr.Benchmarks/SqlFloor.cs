using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Cmdr.Benchmarks;

/// <summary>The bare equivalents in SQL: a row a record, one connection, prepared statements, batches of 500, nothing else.</summary>
internal sealed class SqlFloor(NpgsqlDataSource source) : IFloor
{
    private const int Batch = 500;
    private const short Appended = 0, Filled = 1, Copied = 2;

    private const string Create = """
        create schema if not exists floor;
        create table if not exists floor.record (
            topic smallint not null, partition integer not null, "offset" bigint not null, key bytea not null, value bytea not null, headers bytea not null,
            primary key (topic, partition, "offset")
        ) with (autovacuum_vacuum_insert_scale_factor = 0.05);
        create table if not exists floor.position (name text primary key, next_offset bigint not null);
        insert into floor.position values ('hop', 0) on conflict do nothing;
        """;

    private const string Insert = """
        insert into floor.record (topic, partition, "offset", key, value, headers)
        select $1, 0, r.o, r.k, r.v, r.h from unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[]) as r (o, k, v, h)
        """;

    private const string Read = """select "offset", key, value, headers from floor.record where topic = $1 and partition = 0 and "offset" >= $2 order by "offset" limit $3""";

    private const string Move = "update floor.position set next_offset = $1 where name = 'hop'";

    private readonly List<NpgsqlCommand> commands = [];
    private NpgsqlConnection connection = null!; // opened by Open
    private NpgsqlCommand insert = null!, read = null!, move = null!; // prepared by Open
    private long appended, filled;

    internal static async Task<IFloor> Open(string database, CancellationToken stop)
    {
        var floor = new SqlFloor(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 2 }));
        await floor.Open(stop);
        return floor;
    }

    public async Task<double> AppendRate(IReadOnlyList<LogRecord> records, TimeSpan time, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var (first, batch) = (appended, Packed([.. Enumerable.Range(0, Batch).Select(n => records[n % records.Count])]));
        for (; watch.Elapsed < time; appended += Batch) await Append(Appended, appended, batch, stop);
        return (appended - first) / watch.Elapsed.TotalSeconds;
    }

    public async Task Fill(IReadOnlyList<LogRecord> records, CancellationToken stop)
    {
        foreach (var chunk in records.Chunk(Batch))
        {
            await Append(Filled, filled, Packed(chunk), stop);
            filled += chunk.Length;
        }
    }

    public async Task<double> ReadRate(Action<byte[]> each, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        for (var next = 0L; next < filled;)
        {
            var (_, values, _) = await Page(next, stop);
            foreach (var value in values) each(value);
            next += values.Length;
        }

        return filled / watch.Elapsed.TotalSeconds;
    }

    public async Task<double> HopRate(CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        for (var next = 0L; next < filled;)
        {
            await using var transaction = await connection.BeginTransactionAsync(stop);
            var page = await Page(next, stop);
            await Append(Copied, next, page, stop);
            next += page.Keys.Length;
            move.Parameters[0].Value = next;
            await move.ExecuteNonQueryAsync(stop);
            await transaction.CommitAsync(stop);
        }

        return filled / watch.Elapsed.TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var command in commands) await command.DisposeAsync();
        await connection.DisposeAsync();
        await source.DisposeAsync();
    }

    private async Task Open(CancellationToken stop)
    {
        connection = await source.OpenConnectionAsync(stop);
        await using (var create = new NpgsqlCommand(Create, connection)) await create.ExecuteNonQueryAsync(stop);
        insert = await Prepare(Insert, stop, NpgsqlDbType.Smallint, NpgsqlDbType.Array | NpgsqlDbType.Bigint, NpgsqlDbType.Array | NpgsqlDbType.Bytea, NpgsqlDbType.Array | NpgsqlDbType.Bytea, NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        read = await Prepare(Read, stop, NpgsqlDbType.Smallint, NpgsqlDbType.Bigint, NpgsqlDbType.Integer);
        move = await Prepare(Move, stop, NpgsqlDbType.Bigint);
    }

    private async Task<(byte[][] Keys, byte[][] Values, byte[][] Headers)> Page(long next, CancellationToken stop)
    {
        var (keys, values, headers) = (new List<byte[]>(Batch), new List<byte[]>(Batch), new List<byte[]>(Batch));
        (read.Parameters[0].Value, read.Parameters[1].Value, read.Parameters[2].Value) = (Filled, next, Batch);
        await using var reader = await read.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            keys.Add((byte[])reader[1]);
            values.Add((byte[])reader[2]);
            headers.Add((byte[])reader[3]);
        }

        return ([.. keys], [.. values], [.. headers]);
    }

    private async Task Append(short topic, long first, (byte[][] Keys, byte[][] Values, byte[][] Headers) records, CancellationToken stop)
    {
        insert.Parameters[0].Value = topic;
        insert.Parameters[1].Value = Enumerable.Range(0, records.Keys.Length).Select(n => first + n).ToArray();
        (insert.Parameters[2].Value, insert.Parameters[3].Value, insert.Parameters[4].Value) = records;
        await insert.ExecuteNonQueryAsync(stop);
    }

    /// <summary>Headers as a bare program might keep them: end to end, two bytes for each length.</summary>
    private static (byte[][] Keys, byte[][] Values, byte[][] Headers) Packed(IReadOnlyList<LogRecord> records) => (
        [.. records.Select(record => record.Key.ToArray())],
        [.. records.Select(record => record.Value.ToArray())],
        [.. records.Select(record => new byte[record.Bytes - record.Key.Length - record.Value.Length + (2 * record.Headers.Count)])]);

    private async Task<NpgsqlCommand> Prepare(string sql, CancellationToken stop, params NpgsqlDbType[] types)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var type in types) command.Parameters.Add(new() { NpgsqlDbType = type });
        await command.PrepareAsync(stop);
        commands.Add(command);
        return command;
    }
}
