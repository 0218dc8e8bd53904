using Cmdr.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr;

/// <summary>The verb that offers the log on PostgreSQL.</summary>
public static class PostgresLogRegistration
{
    /// <summary>Offers the log on PostgreSQL as <c>postgres</c>, in the database of <c>AddPostgres</c>; <see cref="LogOpening"/> opens it.</summary>
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
            services.AddHostedService<PostgresLogClosing>();
            services.AddHealthChecks().Add(new("log", provider => provider.GetRequiredService<PostgresLog>().Health, null, ["ready"]));
        });
    }

    /// <summary>Lets go of the server before it stops with the host.</summary>
    private sealed class PostgresLogClosing(PostgresLog log) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => log.StopListening();
    }
}
