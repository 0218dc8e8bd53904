using Cmdr.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr;

/// <summary>The verb that offers the log on PostgreSQL.</summary>
public static class PostgresLogRegistration
{
    /// <summary>Offers the log on PostgreSQL as <c>postgres</c>, in the database of <c>AddPostgres</c>; the host does not start where it cannot be opened.</summary>
    public static CmdrBuilder AddPostgresLog(this CmdrBuilder cmdr)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        var partitions = cmdr.Settings.Read("Partitions") is null ? (int?)null : cmdr.Settings.Partitions;
        return cmdr.AddLog("postgres", services =>
        {
            services.AddSingleton(provider => new PostgresLog(
                provider.GetRequiredService<NpgsqlDataSource>(), partitions,
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PostgresLog>>()));
            services.AddSingleton<ILog>(provider => provider.GetRequiredService<PostgresLog>());
            services.AddHostedService<PostgresLogOpening>();
            services.AddHealthChecks().Add(new("log", provider => provider.GetRequiredService<PostgresLog>().Health, null, ["ready"]));
        });
    }

    /// <summary>Opens the log when the host starts, so that what is wrong with it stops the start.</summary>
    private sealed class PostgresLogOpening(PostgresLog log) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken) => await log.Describe(cancellationToken).ConfigureAwait(false);

        public Task StopAsync(CancellationToken cancellationToken) => log.StopListening();
    }
}
