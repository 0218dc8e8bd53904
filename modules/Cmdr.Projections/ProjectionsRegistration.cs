using Cmdr.Projections;
using Marten;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cmdr;

/// <summary>The verb that adds the projections.</summary>
public static class ProjectionsRegistration
{
    /// <summary>
    /// Opens the doors to views and history, kept by Marten in the PostgreSQL that <c>AddPostgres</c> names; feeds them where <c>Cmdr:Roles</c> names
    /// <c>projections</c>.
    /// </summary>
    public static CmdrBuilder AddProjections(this CmdrBuilder cmdr)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        var services = cmdr.Services;
        services.AddSingleton<IDocumentStore>(provider => MartenStore.Open(provider.GetRequiredService<Catalog>(), provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddSingleton<Progress>();
        services.AddSingleton<Positions>();
        services.AddSingleton<IViews, Views>();
        services.AddSingleton<IHistory, History>();
        services.AddSingleton<ILogService, ProjectionsStart>();
        services.AddSingleton<ILogService, ProgressListener>();
        return cmdr.AddRole("projections", () => AddFeed(cmdr));
    }

    private static void AddFeed(CmdrBuilder cmdr)
    {
        cmdr.Services.AddSingleton<SubjectStreams>();
        cmdr.Services.AddSingleton<ViewFeeds>();
        cmdr.Services.AddSingleton<SliceTransaction>();
        cmdr.Services.AddSingleton<Feed>();
        cmdr.Services.AddSingleton<ILogService, ProgressAnnouncer>();
        cmdr.Services.AddSingleton<ILogService, ProjectionsLag>();
        cmdr.Services.AddHealthChecks().AddCheck<ProjectionsHealth>("projections", tags: ["ready"]);
        cmdr.Services.AddSingleton<ProjectionsHealth>();
        cmdr.LogEndpoint(
            new LogGroup("projections", [Topics.Commands, Topics.Events], PositionKeeping.ByConsumer),
            rider => rider.AddConsumer<SliceConsumer>(),
            (context, endpoint) =>
            {
                endpoint.Owner = context.GetRequiredService<Feed>();
                endpoint.ConfigureConsumer<SliceConsumer>(context);
            });
    }
}
