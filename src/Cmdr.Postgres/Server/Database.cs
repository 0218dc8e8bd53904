using Npgsql;

namespace Cmdr.Postgres;

/// <summary>Makes databases on a server.</summary>
internal static class Database
{
    /// <summary>Makes a database where it is not there yet.</summary>
    /// <param name="server">How to connect to the server, by a database that it has.</param>
    /// <param name="name">The database's name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal static async Task Create(NpgsqlConnectionStringBuilder server, string name, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await using var closing = connection.ConfigureAwait(false);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        using var ask = new NpgsqlCommand(ServerSql.CreateDatabase, connection) { Parameters = { new() { Value = name } } };
        if (await ask.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not string statement) return;
        using var create = new NpgsqlCommand(statement, connection);
        await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
