using System.Data;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>Creates and migrates the schema of the log, however many hosts start at once.</summary>
internal static class Schema
{
    /// <summary>Opens the log, creating it with <paramref name="partitions"/> where there is none.</summary>
    /// <exception cref="SettingException">The server acknowledges what it may lose.</exception>
    /// <exception cref="PostgresStartException">The schema is newer than this host, or is not whole.</exception>
    internal static async Task<LogDescription> Open(NpgsqlDataSource source, int partitions, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var version = await Version(connection, cancellationToken).ConfigureAwait(false);
        if (version < Sql.Migrations.Count) await Migrate(connection, partitions, cancellationToken).ConfigureAwait(false);
        if (version > Sql.Migrations.Count)
        {
            throw new PostgresStartException($"The schema cmdr_log is of version {version}, and this host knows {Sql.Migrations.Count} at most; upgrade this host.");
        }

        var logs = await Query.Rows(
            connection, Sql.Describe, _ => { }, row => (Log: new LogDescription(row.GetGuid(0).ToString(), row.GetInt32(1)), IsDurable: row.GetBoolean(2)), cancellationToken)
            .ConfigureAwait(false);
        if (logs is [{ IsDurable: false }])
        {
            throw new SettingException(
                "synchronous_commit is off for the database of the log, so that a crash of the server would take away what was acknowledged; set it to on in postgresql.conf,"
                + " or wherever else it was set: alter database, alter role, the options of ConnectionStrings:Postgres.");
        }

        return logs is [var (log, _)]
            ? log
            : throw new PostgresStartException("The schema cmdr_log has no row in cmdr_log.log, which says whose log it is; restore it, or drop the schema to begin a new log.");
    }

    private static async Task Migrate(NpgsqlConnection connection, int partitions, CancellationToken cancellationToken)
    {
        // Each statement sees what was committed before it, whatever the server's default: what others did while this host waited for a lock.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var rollingBack = transaction.ConfigureAwait(false);
        await Execute(connection, Sql.LockSchema, null, cancellationToken).ConfigureAwait(false);
        await Execute(connection, Sql.FoundSchema, null, cancellationToken).ConfigureAwait(false);
        for (var version = await Version(connection, cancellationToken).ConfigureAwait(false) + 1; version <= Sql.Migrations.Count; version++)
        {
            await Execute(connection, Sql.Migrations[version - 1], null, cancellationToken).ConfigureAwait(false);
            await Execute(connection, Sql.Migrated, version, cancellationToken).ConfigureAwait(false);
            if (version == 1) await Execute(connection, Sql.CreateLog, partitions, cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The last migration that was applied; 0 without a schema.</summary>
    private static async Task<int> Version(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var exists = new NpgsqlCommand(Sql.SchemaExists, connection);
        if (await exists.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true) return 0;
        using var version = new NpgsqlCommand(Sql.SchemaVersion, connection);
        return (int)(await version.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!; // coalesce gives a number
    }

    /// <summary>Takes as long as it takes: a migration copies a log of any size, and others wait for it.</summary>
    private static async Task Execute(NpgsqlConnection connection, string sql, int? argument, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        if (argument is { } value) command.Parameters.With(value);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
