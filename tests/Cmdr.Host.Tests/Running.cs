using System.Net;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>What a newcomer and an operator see: start, four lines, stop, settings, health.</summary>
public sealed class Running(PostgresServer server) : IDisposable
{
    private readonly DirectoryInfo data = Folders.Data();

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

    [Theory]
    [InlineData("Cmdr:Lgo", "postgres", "Cmdr:Lgo is not a setting")]
    [InlineData("Cmdr:Log", "tape", "Cmdr:Log is 'tape'")]
    [InlineData("Cmdr:Roles", "handling,projektions", "'projektions'")]
    [InlineData("Cmdr:Partitions", "0", "Cmdr:Partitions is '0'")]
    public async Task A_setting_that_is_wrong_stops_the_start_and_says_what_to_set(string key, string value, string says)
    {
        var (code, output) = await HostProcess.Run(TestContext.Current.CancellationToken, (key, value), ("Cmdr:Data", data.FullName));
        Assert.NotEqual(0, code);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_host_on_the_same_data_folder_is_refused()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var first = await HostProcess.Start(stop, ("Cmdr:Data", data.FullName));
        var (code, output) = await HostProcess.Run(stop, ("Cmdr:Data", data.FullName));
        Assert.NotEqual(0, code);
        Assert.Contains(data.FullName, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_refuses_to_serve_off_loopback_without_authentication_unless_told()
    {
        var (code, output) = await HostProcess.Run(TestContext.Current.CancellationToken, ("Kestrel:Endpoints:Public:Url", "http://0.0.0.0:0"), ("Cmdr:Data", data.FullName));
        Assert.NotEqual(0, code);
        Assert.Contains("Cmdr:AllowAnonymous", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edges_only_hosts_serve_what_another_host_handles_and_projects()
    {
        var stop = TestContext.Current.CancellationToken;
        var database = await server.Database(stop);
        await using var roles = await HostProcess.Start(stop, ("ConnectionStrings:Postgres", database));
        await using var edge = await HostProcess.Start(stop, ("ConnectionStrings:Postgres", database), ("Cmdr:Roles", "none"));
        var opened = await edge.Data("mutation { openAccount(input: { account: \"e1\", owner: \"Bo\", currency: \"EUR\" }, wait: PROJECTED) { status projected } }", null, stop);
        Assert.Equal("{\"status\":\"COMPLETED\",\"projected\":true}", opened.GetProperty("openAccount").GetRawText());
    }

    [Fact]
    public async Task Health_says_ready_and_live()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var host = await HostProcess.Start(stop, ("ConnectionStrings:Postgres", await server.Database(stop)));
        await host.Ready(stop);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync(new Uri(host.Graph, "/health/live"), stop)).StatusCode);
    }

    public void Dispose() => data.Delete(recursive: true);
}
