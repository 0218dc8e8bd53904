using Cmdr.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit.MicrosoftTestingPlatform;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>Runs the tests; or, told so by its first argument, is a host or a run of tests for them to kill.</summary>
internal static class EntryPoint
{
    public static Task<int> Main(string[] args) => args switch
    {
        ["host", .. var settings] => RunHost(settings),
        ["fixture"] => RunFixture(),
        ["copier", var database] => RunCopier(database),
        _ => TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
    };

    /// <summary>A host that has PostgreSQL and nothing else.</summary>
    internal static IHost Build(params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Configuration.AddCommandLine(settings);
        builder.Logging.AddFilter("Microsoft", LogLevel.None).AddProvider(new LogLines(Console.Out));
        builder.AddCmdr(cmdr => cmdr.AddPostgres());
        return builder.Build();
    }

    private static async Task<int> RunHost(string[] settings)
    {
        using var host = Build(settings);
        try
        {
            await host.StartAsync();
            Console.WriteLine($"ready: {host.Services.GetRequiredService<PostgresLocation>().Description}");
            await host.WaitForShutdownAsync();
            return 0;
        }
        catch (PostgresStartException e)
        {
            Console.WriteLine($"refused: {e.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130; // told to stop before it had started
        }
    }

    /// <summary>A host that copies from topic to topic until it is killed.</summary>
    private static async Task<int> RunCopier(string database)
    {
        var (host, _) = CopyTrial.Copier(database);
        await using var ending = host;
        Console.WriteLine("ready");
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    private static async Task<int> RunFixture()
    {
        await using var server = new PostgresServer();
        Console.WriteLine($"ready: {await server.Database(CancellationToken.None)}");
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
