using Npgsql;

namespace Cmdr.Postgres;

/// <summary>One connection with the log's settings, kept from statement to statement, and opened anew after a fault. For one caller at a time.</summary>
internal sealed class KeptConnection(NpgsqlDataSource source) : IAsyncDisposable
{
    private NpgsqlConnection? kept;

    internal async ValueTask<NpgsqlConnection> Open(CancellationToken cancellationToken)
    {
        if (kept is { State: System.Data.ConnectionState.Open }) return kept;
        await Discard().ConfigureAwait(false);
        var opened = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var settings = new NpgsqlCommand(Sql.Session, opened);
            await settings.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return kept = opened;
    }

    internal async ValueTask Discard()
    {
        if (kept is { } connection)
        {
            kept = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => Discard();
}
