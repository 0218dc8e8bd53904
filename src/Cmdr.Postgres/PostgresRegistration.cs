using Cmdr.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cmdr;

/// <summary>The verb that gives a host its PostgreSQL.</summary>
public static class PostgresRegistration
{
    /// <summary>Registers an <see cref="NpgsqlDataSource"/>: of the server that <c>ConnectionStrings:Postgres</c> names, else of a server of the host's own, which lives in <c>Cmdr:Data</c> and starts and stops with the host. Call it before the verbs of what uses it.</summary>
    /// <exception cref="SettingException"><c>ConnectionStrings:Postgres</c> or a setting under <c>Cmdr:Postgres</c> is wrong.</exception>
    public static CmdrBuilder AddPostgres(this CmdrBuilder cmdr)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        var settings = PostgresSettings.Of(cmdr);
        var services = cmdr.Services;
        services.AddSingleton(settings);
        services.AddSingleton(new PostgresLocation(settings));
        services.AddSingleton(_ => NpgsqlDataSource.Create(settings.Connection()));
        if (settings.Configured is null) services.AddHostedService<OwnServer>();
        else services.AddHostedService<ConfiguredServer>();
        services.AddSingleton(new StartupLine(StartupTopic.Storage, provider => provider.GetRequiredService<PostgresLocation>().Description));
        services.AddHealthChecks().AddCheck<PostgresCheck>("postgres", tags: ["ready"]);
        return cmdr;
    }
}
