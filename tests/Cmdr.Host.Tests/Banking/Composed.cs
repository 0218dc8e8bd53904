using System.Diagnostics;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>What docker-compose.yml would start, started without containers.</summary>
public sealed class Composed(PostgresServer postgres, NodeScripts node)
{
    private const string Submit = "mutation($commands: [CommandInput!]!) { submit(commands: $commands, wait: PROJECTED, timeoutMs: 60000) { status projected } }";

    [Fact]
    public async Task The_settings_of_the_compose_file_run_as_plain_processes_and_an_owner_may_go()
    {
        var stop = TestContext.Current.CancellationToken;
        var file = await ComposeFile.Read(node, Containers.Compose, stop);
        await using var kafka = new KafkaServer { Settings = file.Broker };
        var (servers, database) = (await kafka.Started(), await postgres.Database(stop));
        await using var edge = await HostProcess.Start(stop, file.Settings("edge", database, servers));
        await using var owner = await HostProcess.Start(stop, file.Settings("owner-1", database, servers));
        await using var other = await HostProcess.Start(stop, file.Settings("owner-2", database, servers));
        Assert.Contains("handling, projections", owner.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("handling", edge.Output, StringComparison.Ordinal);

        await Healthy(file.HealthCheck("owner-1", owner.Graph), stop);
        await edge.Ready(stop);
        await Projected(edge, "before", stop);
        await owner.Interrupt(stop);
        await Projected(edge, "after", stop);
        Assert.NotEqual(0, await ExitCode(file.HealthCheck("owner-1", owner.Graph), stop));
    }

    private static async Task Projected(HostProcess edge, string when, CancellationToken stop)
    {
        var commands = Enumerable.Range(0, 50).Select(n => new { id = Guid.NewGuid(), type = "open-account", data = new { account = $"{when}-{n}", owner = "Ann", currency = "EUR" } });
        var answer = await edge.Data(Submit, new { commands }, stop);
        Assert.All(answer.GetProperty("submit").EnumerateArray(), receipt => Assert.Equal("""{"status":"COMPLETED","projected":true}""", receipt.GetRawText()));
    }

    private static Task Healthy(string[] check, CancellationToken stop) => Awaited.Until($"'{string.Join(' ', check)}' says yes", async () => await ExitCode(check, stop) == 0, stop);

    private static async Task<int> ExitCode(string[] command, CancellationToken stop)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!; // the program is named
        await Awaited.Within($"{command[0]} ends", process.WaitForExitAsync, stop);
        return process.ExitCode;
    }
}
