using System.Diagnostics;
using Npgsql;

namespace Cmdr.Benchmarks;

/// <summary>What the tables of the log take, and what vacuum has to do with them.</summary>
internal sealed class TableReport(string database)
{
    // As autovacuum does by the settings of the table.
    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Options = "-c vacuum_freeze_min_age=0", CommandTimeout = 0 });

    internal async Task AddTo(Dictionary<string, object> details, CancellationToken stop)
    {
        details["records"] = await Ask("select sum(next_offset)::bigint from cmdr_log.partition", stop);
        details["rows"] = await Ask("select count(*) from cmdr_log.batch", stop);
        details["tableMiB"] = await Ask("select pg_table_size('cmdr_log.batch') / 1048576", stop);
        details["indexMiB"] = await Ask("select pg_indexes_size('cmdr_log.batch') / 1048576", stop);
        if (await Ask("select exists (select from pg_available_extensions where name = 'pageinspect')", stop) is true)
        {
            await Run("create extension if not exists pageinspect", stop);
            details["indexDepth"] = await Ask("select level + 1 from bt_metap('cmdr_log.batch_pkey')", stop);
        }

        details["autovacuums"] = await Ask("select autovacuum_count from pg_stat_user_tables where relid = 'cmdr_log.batch'::regclass", stop);
        details["vacuumSeconds"] = await Timed("vacuum cmdr_log.batch", stop);
        details["visiblePagesPercent"] = await Ask("select round(100.0 * relallvisible / greatest(relpages, 1), 1) from pg_class where oid = 'cmdr_log.batch'::regclass", stop);
        details["vacuumFreezeSecondsAfter"] = await Timed("vacuum (freeze) cmdr_log.batch", stop);
        details["hotUpdatesPercent"] = await Ask("select round(100.0 * n_tup_hot_upd / n_tup_upd, 1) from pg_stat_user_tables where relid = 'cmdr_log.partition'::regclass", stop);
        details["partitionTableKiB"] = await Ask("select pg_table_size('cmdr_log.partition') / 1024", stop);
        await source.DisposeAsync();
    }

    private async Task<double> Timed(string sql, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        await Run(sql, stop);
        return Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 2);
    }

    private async Task Run(string sql, CancellationToken stop)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(stop);
    }

    private async Task<object> Ask(string sql, CancellationToken stop)
    {
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(stop))!; // every question has an answer
    }
}
