using System.Globalization;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>A host that is told to stop takes its server with it, soon, whatever both are doing.</summary>
public sealed class StoppingTests
{
    [Fact]
    public async Task A_host_stops_within_5_s_while_clients_are_connected_and_at_work_and_no_process_is_left()
    {
        await using var folder = new OwnFolder();
        using var host = ChildProcess.Start("host", folder.Setting);
        await host.Says("ready: ");
        await using var idle = await folder.Connect();
        await using var busy = await folder.Connect();
        await using var sleep = new NpgsqlCommand("SELECT pg_sleep(600)", busy);
        var working = sleep.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await OwnFolder.Until(async () => await folder.Ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'") is 1L, "the query runs");
        var server = folder.PostmasterPid;
        var processes = await Children(server);
        Assert.True(processes.Count >= 2, "A client that is connected has a process of the server's.");

        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await host.Signal("TERM"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        foreach (var process in processes.Append(server)) Assert.Equal("", await OwnFolder.Ps(process, "user"));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => working);
    }

    [Fact]
    public async Task A_host_that_is_stopped_while_its_server_is_made_leaves_no_process()
    {
        await using var folder = new OwnFolder();
        using var host = ChildProcess.Start("host", folder.Setting);
        await OwnFolder.Until(() => Task.FromResult(Directory.Exists(folder.Server.Private) && Directory.EnumerateFiles(folder.Server.Private, "PG_VERSION", SearchOption.AllDirectories).Any()), "initdb is at work");
        Assert.Equal(130, await host.Signal("TERM"));
        await OwnFolder.Until(async () => (await OsCommand.Run(["pgrep", "-f", folder.Data], TestContext.Current.CancellationToken)).ExitCode == 1, "nothing works in the folder");
        Assert.False(File.Exists(folder.Server.Version));
    }

    private static async Task<IReadOnlyList<int>> Children(int pid)
    {
        var said = await OsCommand.Run(["ps", "-o", "pid=", "--ppid", $"{pid}"], TestContext.Current.CancellationToken);
        return [.. said.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
    }
}
