using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cmdr.Host.Tests;

/// <summary>The log of a deployment, opened from outside by its public door.</summary>
internal sealed class DatabaseLog(IHost host) : IDisposable
{
    internal ILog Log { get; } = host.Services.GetRequiredService<ILog>();

    internal static DatabaseLog Of(string database)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = database });
        builder.AddCmdr(cmdr => cmdr.AddPostgres().AddPostgresLog());
        return new(builder.Build());
    }

    public void Dispose() => host.Dispose();
}
