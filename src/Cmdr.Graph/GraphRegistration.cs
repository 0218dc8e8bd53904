using Cmdr.Graph;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr;

/// <summary>The verbs that add the GraphQL edge to a host.</summary>
public static class GraphRegistration
{
    /// <summary>Adds GraphQL: the schema follows from the catalog.</summary>
    public static CmdrBuilder AddGraph(this CmdrBuilder cmdr)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        cmdr.Services.AddSingleton(provider => new GraphSchema(
            provider.GetRequiredService<Catalog>(),
            provider.GetRequiredService<IIntake>(),
            provider.GetRequiredService<IViews>(),
            provider.GetRequiredService<IHistory>(),
            provider.GetRequiredService<IParked>(),
            provider.GetRequiredService<ILog>(),
            topic => provider.GetRequiredKeyedService<LogTail>(topic)));
        cmdr.Services.AddSingleton(provider => new Subscriptions(topic => provider.GetRequiredKeyedService<LogTail>(topic)));
        cmdr.Services.AddSingleton<MutationGate>().AddSingleton<ErrorMask>().AddSingleton<GraphEngine>();
        cmdr.Services.AddSingleton<EventStreamTransport>().AddSingleton<SocketTransport>().AddSingleton<HttpTransport>();
        cmdr.Services.AddSingleton<GraphAddress>().AddHostedService<AnonymousGuard>();
        cmdr.Services.AddSingleton(new StartupLine(StartupTopic.Edge, provider => provider.GetRequiredService<GraphAddress>().ToString()));
        return cmdr;
    }

    /// <summary>Serves GraphQL at <paramref name="path"/>: over HTTP, over WebSockets and as event streams; GraphiQL for browsers.</summary>
    public static IEndpointConventionBuilder MapGraph(this IEndpointRouteBuilder app, string path = "/graphql")
    {
        ArgumentNullException.ThrowIfNull(app);
        app.ServiceProvider.GetRequiredService<GraphAddress>().Path = path;
        var http = app.ServiceProvider.GetRequiredService<HttpTransport>();
        var sockets = app.ServiceProvider.GetRequiredService<SocketTransport>();
        var pipeline = app.CreateApplicationBuilder()
            .UseWebSockets(new() { KeepAliveInterval = TimeSpan.FromSeconds(15), KeepAliveTimeout = TimeSpan.FromSeconds(30) });
        pipeline.Run(context => context.WebSockets.IsWebSocketRequest ? sockets.Serve(context) : http.Serve(context));
        app.MapGet($"{path.TrimEnd('/')}/{GraphiQLPage.Folder}/{{file}}", (RequestDelegate)GraphiQLPage.ServeAsset).ExcludeFromDescription();
        return app.Map(path, pipeline.Build());
    }
}
