using System.Net;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>What a newcomer and an operator see: start, four lines, stop, settings, health.</summary>
public sealed class Running(PostgresServer server) : IDisposable
{
    private readonly DirectoryInfo data = Folders.Data();

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
    public async Task Health_says_ready_and_live()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var host = await HostProcess.Start(stop, ("ConnectionStrings:Postgres", await server.Database(stop)));
        await host.Ready(stop);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync(new Uri(host.Graph, "/health/live"), stop)).StatusCode);
    }

    public void Dispose() => data.Delete(recursive: true);
}
