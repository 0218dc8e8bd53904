using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cmdr.Postgres.Tests;

/// <summary>The log as one host has it: with connections of its own.</summary>
internal sealed class LogHost : IAsyncDisposable
{
    private readonly NpgsqlDataSource source;

    public LogHost(string database, int? partitions = null, TimeProvider? time = null)
    {
        source = NpgsqlDataSource.Create(database);
        Log = new(source, partitions, time ?? TimeProvider.System, NullLogger<PostgresLog>.Instance);
    }

    public PostgresLog Log { get; }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await source.DisposeAsync();
    }
}
