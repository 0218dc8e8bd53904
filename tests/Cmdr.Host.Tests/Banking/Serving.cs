using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>What a newcomer sees with nothing configured, and a team that runs edges apart from roles.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class Serving(PostgresServer server) : IDisposable
{
    private readonly DirectoryInfo data = Folders.Data();

    public static TheoryData<string> Logs => [.. Deployment.Logs];

    [Fact]
    public async Task With_nothing_configured_it_serves_within_10_s_stops_within_5_s_and_has_its_data_at_the_next_start()
    {
        var stop = TestContext.Current.CancellationToken;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await using (var host = await HostProcess.Start(stop, ("Cmdr:Data", data.FullName)))
        {
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
            var opened = await host.Data("mutation { openAccount(input: { account: \"r1\", owner: \"Ann\", currency: \"EUR\" }, wait: PROJECTED) { status } }", null, stop);
            Assert.Equal("COMPLETED", opened.GetProperty("openAccount").GetProperty("status").GetString());
            Assert.InRange(await host.Interrupt(stop), TimeSpan.Zero, TimeSpan.FromSeconds(5));
            string[] words = [.. host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];
            Assert.True(words is ["Storage:", "Domains:", "Edge:", "Stop:"], host.Output);
        }

        Assert.Empty(Processes.Naming(data.FullName));
        await using var again = await HostProcess.Start(stop, ("Cmdr:Data", data.FullName));
        var found = await again.Data("{ accountBalance(id: \"r1\") { owner } }", null, stop);
        Assert.Equal("Ann", found.GetProperty("accountBalance").GetProperty("owner").GetString());
    }

    [Theory, MemberData(nameof(Logs))]
    public async Task Edges_only_hosts_serve_what_another_host_handles_and_projects(string log)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var deployment = await Deployment.Start(log, server, stop);
        await using var roles = await HostProcess.Start(stop, deployment.Settings);
        await using var edge = await HostProcess.Start(stop, [.. deployment.Settings, ("Cmdr:Roles", "none")]);
        var opened = await edge.Data("mutation { openAccount(input: { account: \"e1\", owner: \"Bo\", currency: \"EUR\" }, wait: PROJECTED) { status projected } }", null, stop);
        Assert.Equal("{\"status\":\"COMPLETED\",\"projected\":true}", opened.GetProperty("openAccount").GetRawText());
    }

    [Fact]
    public async Task Who_waits_when_a_host_stops_is_told_how_far_it_came_and_holds_up_nobody()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var deployment = await Deployment.Start("postgres", server, stop);
        await using var edge = await HostProcess.Start(stop, [.. deployment.Settings, ("Cmdr:Roles", "none")]);
        var reading = edge.Ask("{ accountBalance(id: \"w1\", notBefore: \"events/0/0\") { balance } }", null, stop);
        var opening = edge.Data("mutation { openAccount(input: { account: \"w1\", owner: \"Cy\", currency: \"EUR\" }, timeoutMs: 30000) { status timedOut } }", null, stop);
        await Awaited.Until("the command is on the log", async () => (await deployment.Read(Topics.Commands, new Dictionary<int, long>(), stop)).Count == 1, stop);

        Assert.InRange(await edge.Terminate(stop), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal("{\"status\":\"LOGGED\",\"timedOut\":true}", (await opening).GetProperty("openAccount").GetRawText());
        Assert.Contains("NOT_REACHED", await reading, StringComparison.Ordinal);
    }

    public void Dispose() => data.Delete(recursive: true);
}
