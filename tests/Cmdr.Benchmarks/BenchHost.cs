using Cmdr.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cmdr.Benchmarks;

/// <summary>The host's composition inside the benchmark's process.</summary>
internal static class BenchHost
{
    internal static async Task<IHost> Start(IReadOnlyDictionary<string, string?> settings, CancellationToken stop, string roles = "handling,projections", Action<CmdrBuilder>? more = null)
    {
        var builder = Host.CreateApplicationBuilder();
        Configure(builder, settings, roles);
        builder.AddCmdr(cmdr =>
        {
            Compose(cmdr);
            more?.Invoke(cmdr);
        });
        var host = builder.Build();
        await host.StartAsync(stop);
        await Opened(host.Services, stop);
        return host;
    }

    /// <summary>With the edge, on a free port of loopback, and whatever floor the cell maps beside it.</summary>
    internal static async Task<WebApplication> Serve(IReadOnlyDictionary<string, string?> settings, Action<WebApplication> map, CancellationToken stop, string roles = "handling,projections")
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        Configure(builder, settings, roles);
        builder.AddCmdr(cmdr => Compose(cmdr).AddGraph());
        var app = builder.Build();
        app.MapGraph();
        map(app);
        await app.StartAsync(stop);
        await Opened(app.Services, stop);
        return app;
    }

    /// <summary>A host is started before its log need be open.</summary>
    private static Task Opened(IServiceProvider services, CancellationToken stop) => services.GetRequiredService<LogOpening>().Opened.WaitAsync(stop);

    private static CmdrBuilder Compose(CmdrBuilder cmdr) =>
        cmdr.AddPostgres().AddPostgresLog().AddKafkaLog().AddIntake().AddHandling().AddProjections().Module<LedgerModule>();

    private static void Configure(IHostApplicationBuilder builder, IReadOnlyDictionary<string, string?> settings, string roles)
    {
        builder.Configuration.AddInMemoryCollection(settings).AddInMemoryCollection(new Dictionary<string, string?> { ["Cmdr:Roles"] = roles });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
    }
}
