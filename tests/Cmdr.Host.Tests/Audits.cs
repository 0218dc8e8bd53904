using System.Diagnostics;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>The published audits of GraphQL over HTTP, WebSocket and SSE, run against the real host.</summary>
public sealed class Audits(PostgresServer server, ITestOutputHelper output)
{
    private const string Folder = "GRAPHQL_AUDIT";

    [Fact]
    public async Task GraphQL_over_HTTP_is_as_its_specification_says() => await Passes("audit.mjs", "--strict-should");

    [Fact]
    public async Task Subscriptions_over_WebSocket_and_SSE_are_as_their_protocols_say() => await Passes(
        "ws-audit.mjs",
        "--subscription", "subscription { events { type } }",
        "--trigger", "mutation { submit(commands: [{ type: \"open-account\", data: { account: \"w\", owner: \"W\", currency: \"EUR\" } }, { type: \"deposit\", data: { account: \"w\", amount: 1 } }]) { id } }");

    private async Task Passes(string script, params string[] arguments)
    {
        if (Environment.GetEnvironmentVariable(Folder) is not { Length: > 0 } folder)
        {
            // The audits are a tool beside the repository; Cmdr.Graph.Tests holds the protocols themselves to account.
            output.WriteLine($"{Folder} is not set: the audits were not run.");
            return;
        }

        var stop = TestContext.Current.CancellationToken;
        await using var host = await HostProcess.Start(stop, ("ConnectionStrings:Postgres", await server.Database(stop)));
        var start = new ProcessStartInfo("node", [Path.Combine(folder, script), host.Graph.ToString(), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var audit = Process.Start(start)!; // the file is named
        var said = await audit.StandardOutput.ReadToEndAsync(stop) + await audit.StandardError.ReadToEndAsync(stop);
        await audit.WaitForExitAsync(stop);
        output.WriteLine(said);
        Assert.True(audit.ExitCode == 0, said);
    }
}
