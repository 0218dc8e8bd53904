using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Cmdr.Benchmarks;

/// <summary>The bare equivalents in SQL: a row a record, one connection, prepared statements, batches of 500, nothing else.</summary>
internal sealed class Floor(NpgsqlDataSource source) : IAsyncDisposable
{
    private const int Batch = 500;

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
    private NpgsqlConnection connection = null!; // opened first
    private NpgsqlCommand insert = null!, read = null!, move = null!; // prepared first

    internal async Task Open(CancellationToken stop)
    {
        connection = await source.OpenConnectionAsync(stop);
        await using (var create = new NpgsqlCommand(Create, connection)) await create.ExecuteNonQueryAsync(stop);
        insert = await Prepare(Insert, stop, NpgsqlDbType.Smallint, NpgsqlDbType.Array | NpgsqlDbType.Bigint, NpgsqlDbType.Array | NpgsqlDbType.Bytea, NpgsqlDbType.Array | NpgsqlDbType.Bytea, NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        read = await Prepare(Read, stop, NpgsqlDbType.Smallint, NpgsqlDbType.Bigint, NpgsqlDbType.Integer);
        move = await Prepare(Move, stop, NpgsqlDbType.Bigint);
    }

    /// <summary>Records per second that one batch insert loop appends.</summary>
    internal async Task<double> AppendRate(short topic, byte[] key, byte[] value, byte[] headers, TimeSpan time, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var next = 0L;
        var (keys, values, packed) = (Repeat(key), Repeat(value), Repeat(headers));
        for (; watch.Elapsed < time; next += Batch) await Append(topic, next, keys, values, packed, stop);
        return next / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Records per second of the bare hop: read 500 of one topic, append 500 to another, move the position, commit.</summary>
    internal async Task<double> HopRate(short from, short to, int records, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        for (var next = 0L; next < records; next += Batch)
        {
            await using var transaction = await connection.BeginTransactionAsync(stop);
            var (keys, values, headers) = (new List<byte[]>(Batch), new List<byte[]>(Batch), new List<byte[]>(Batch));
            (read.Parameters[0].Value, read.Parameters[1].Value, read.Parameters[2].Value) = (from, next, Batch);
            await using (var reader = await read.ExecuteReaderAsync(stop))
            {
                while (await reader.ReadAsync(stop))
                {
                    keys.Add((byte[])reader[1]);
                    values.Add((byte[])reader[2]);
                    headers.Add((byte[])reader[3]);
                }
            }

            await Append(to, next, [.. keys], [.. values], [.. headers], stop);
            move.Parameters[0].Value = next + Batch;
            await move.ExecuteNonQueryAsync(stop);
            await transaction.CommitAsync(stop);
        }

        return records / watch.Elapsed.TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var command in commands) await command.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task Append(short topic, long first, byte[][] keys, byte[][] values, byte[][] headers, CancellationToken stop)
    {
        insert.Parameters[0].Value = topic;
        insert.Parameters[1].Value = Enumerable.Range(0, keys.Length).Select(n => first + n).ToArray();
        (insert.Parameters[2].Value, insert.Parameters[3].Value, insert.Parameters[4].Value) = (keys, values, headers);
        await insert.ExecuteNonQueryAsync(stop);
    }

    private async Task<NpgsqlCommand> Prepare(string sql, CancellationToken stop, params NpgsqlDbType[] types)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var type in types) command.Parameters.Add(new() { NpgsqlDbType = type });
        await command.PrepareAsync(stop);
        commands.Add(command);
        return command;
    }

    private static byte[][] Repeat(byte[] value) => [.. Enumerable.Repeat(value, Batch)];
}
