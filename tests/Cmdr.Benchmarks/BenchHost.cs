using Cmdr.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cmdr.Benchmarks;

/// <summary>The host's composition inside the benchmark's process.</summary>
internal static class BenchHost
{
    internal static async Task<IHost> Start(string database, CancellationToken stop, string roles = "handling,projections")
    {
        var builder = Host.CreateApplicationBuilder();
        Configure(builder, database, roles);
        builder.AddCmdr(cmdr => cmdr.AddPostgres().AddPostgresLog().AddIntake().AddHandling().AddProjections().Module<LedgerModule>());
        var host = builder.Build();
        await host.StartAsync(stop);
        return host;
    }

    /// <summary>With the edge, on a free port of loopback, and whatever floor the cell maps beside it.</summary>
    internal static async Task<WebApplication> Serve(string database, Action<WebApplication> map, CancellationToken stop, string roles = "handling,projections")
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        Configure(builder, database, roles);
        builder.AddCmdr(cmdr => cmdr.AddPostgres().AddPostgresLog().AddIntake().AddHandling().AddProjections().AddGraph().Module<LedgerModule>());
        var app = builder.Build();
        app.MapGraph();
        map(app);
        await app.StartAsync(stop);
        return app;
    }

    private static void Configure(IHostApplicationBuilder builder, string database, string roles)
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = database, ["Cmdr:Roles"] = roles });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
    }
}
