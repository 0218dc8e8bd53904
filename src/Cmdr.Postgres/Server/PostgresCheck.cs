using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>Healthy while the database answers.</summary>
internal sealed class PostgresCheck(NpgsqlDataSource database) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var ask = database.CreateCommand(ServerSql.Ask);
            await ask.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is NpgsqlException or SocketException)
        {
            return new(context.Registration.FailureStatus, $"PostgreSQL does not answer: {e.GetBaseException().Message}", e);
        }
    }
}
