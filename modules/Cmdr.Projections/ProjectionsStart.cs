using Marten;
using JasperFx;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr.Projections;

/// <summary>
/// Before anything is projected or asked: the tables are there, and they are of this log and of what the modules declare now. Else they are built again.
/// </summary>
internal sealed partial class ProjectionsStart(
    ILog log, IDocumentStore store, NpgsqlDataSource source, Catalog catalog, ILogger<ProjectionsStart> logger) : ILogService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var description = await log.Describe(cancellationToken);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await Run(connection, Sql.LockStart, cancellationToken);
        try
        {
            await Prepare(connection, description, cancellationToken);
        }
        finally
        {
            await Run(connection, Sql.UnlockStart, CancellationToken.None);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Prepare(NpgsqlConnection connection, LogDescription description, CancellationToken cancellationToken)
    {
        if (await WhyMake(connection, cancellationToken) is { } unmade) await Make(connection, unmade, cancellationToken);
        if (await WhyRebuild(connection, description, cancellationToken) is not { } why) return;
        if (why.Length > 0) LogRebuild(why);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Run(connection, Sql.Rebuild, cancellationToken);
        await using var begin = new NpgsqlCommand(Sql.BeginAgain, connection);
        begin.Parameters.Add(new() { Value = description.Identity });
        begin.Parameters.Add(new() { Value = MartenStore.ShapeOf(catalog) });
        begin.Parameters.Add(new() { Value = new[] { Topics.Commands, Topics.Events } });
        begin.Parameters.Add(new() { Value = description.Partitions });
        await begin.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Why the tables must be made; empty when there are none, null when they need not.</summary>
    private async Task<string?> WhyMake(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var (exists, layout) = await Layout(connection, cancellationToken);
        if (!exists) return "";
        if (layout != MartenStore.Layout) return "their layout is another version's";
        return await CountMissing(connection, cancellationToken) is > 0 and var missing ? $"{missing} of them are not there" : null;
    }

    private async Task Make(NpgsqlConnection connection, string why, CancellationToken cancellationToken)
    {
        if (why.Length > 0)
        {
            LogRebuild(why);
            await Run(connection, Sql.Drop, cancellationToken);
        }

        await Run(connection, Sql.Tables, cancellationToken);
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        await using var done = new NpgsqlCommand(Sql.LayoutDone, connection) { Parameters = { new() { Value = MartenStore.Layout } } };
        await done.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<(bool Exists, string? Text)> Layout(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql.Layout, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetBoolean(0), reader.IsDBNull(1) ? null : reader.GetString(1));
    }

    /// <summary>Why the tables must be built again; empty when there was nothing in them, null when they need not.</summary>
    private async Task<string?> WhyRebuild(NpgsqlConnection connection, LogDescription description, CancellationToken cancellationToken)
    {
        if (await Origin(connection, cancellationToken) is not var (identity, shape)) return "";
        if (identity != description.Identity) return $"they are of the log {identity}, and this is {description.Identity}";
        if (shape != MartenStore.ShapeOf(catalog)) return "the modules declare other events or views";
        return await WhyPositions(connection, description, cancellationToken);
    }

    private async Task<string?> WhyPositions(NpgsqlConnection connection, LogDescription description, CancellationToken cancellationToken)
    {
        var stored = await Positions.Read(connection, cancellationToken);
        foreach (var topic in new[] { Topics.Commands, Topics.Events })
        {
            var end = await log.EndOf(topic, cancellationToken);
            for (var partition = 0; partition < description.Partitions; partition++)
            {
                if (!stored.Partitions.TryGetValue(new(topic, partition), out var reached)) return $"they do not know {topic}/{partition}";
                if (reached.Next > end.Next[partition]) return $"{topic}/{partition} ends at {end.Next[partition]}, and they are at {reached.Next}: the log lost its tail";
            }
        }

        return null;
    }

    private async Task<long> CountMissing(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string[] own = ["origin", "position", "history", "stray", "mt_streams", "mt_events"];
        string[] wanted = [.. own.Select(table => $"{MartenStore.Schema}.{table}"), .. catalog.Views.Select(MartenStore.TableOf)];
        await using var count = new NpgsqlCommand(Sql.MissingTables, connection) { Parameters = { new() { Value = wanted } } };
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!; // a count is never null
    }

    private static async Task<(string Log, string Shape)?> Origin(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql.Origin, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetString(0), reader.GetString(1)) : null;
    }

    private static async Task Run(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The projections are built again from the log: {Why}.")]
    private partial void LogRebuild(string why);
}
