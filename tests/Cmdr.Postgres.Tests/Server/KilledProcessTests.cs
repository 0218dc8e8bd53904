using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>What becomes of a server when the process that started it is killed, interrupted, or an ordinary user's.</summary>
public sealed class KilledProcessTests
{
    [Fact]
    public async Task A_server_left_behind_by_a_killed_host_is_adopted_and_stopped_by_its_adopter()
    {
        await using var folder = new OwnFolder();
        using var killed = ChildProcess.Start("host", folder.Setting);
        await killed.Says("ready: ");
        var pid = folder.PostmasterPid;
        await folder.Ask("CREATE TABLE kept AS SELECT 7 AS n");
        await killed.Kill();
        Assert.NotEqual("", await OwnFolder.Ps(pid, "user"));

        using var adopter = ChildProcess.Start("host", folder.Setting);
        await adopter.Says("ready: ");
        Assert.Equal(pid, folder.PostmasterPid);
        Assert.Equal(7, await folder.Ask("SELECT n FROM kept"));
        Assert.Equal(0, await adopter.Signal("TERM"));
        await OwnFolder.Gone(pid);
    }

    [Fact]
    public async Task Of_hosts_that_start_at_once_after_a_kill_one_adopts_the_server_and_the_others_are_refused()
    {
        await using var folder = new OwnFolder();
        using (var killed = ChildProcess.Start("host", folder.Setting))
        {
            await killed.Says("ready: ");
            await killed.Kill();
        }

        var pid = folder.PostmasterPid;
        var hosts = Enumerable.Range(0, 3).Select(_ => EntryPoint.Build(folder.Setting)).ToList();
        var starts = hosts.Select(host => Task.Run(() => host.StartAsync(TestContext.Current.CancellationToken))).ToList();
        await Task.WhenAll(starts).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal(1, starts.Count(start => start.IsCompletedSuccessfully));
        Assert.All(starts.Where(start => start.IsFaulted), start => Assert.Contains("is in use by another host", start.Exception?.InnerException?.Message, StringComparison.Ordinal));
        Assert.Equal(pid, folder.PostmasterPid);
        foreach (var host in hosts)
        {
            await host.StopAsync(TestContext.Current.CancellationToken);
            host.Dispose();
        }

        await OwnFolder.Gone(pid);
    }

    [Fact]
    public async Task A_server_killed_with_its_host_recovers_at_the_next_start()
    {
        await using var folder = new OwnFolder();
        using var killed = ChildProcess.Start("host", folder.Setting);
        await killed.Says("ready: ");
        await folder.Ask("CREATE TABLE kept AS SELECT 7 AS n");
        var pid = folder.PostmasterPid;
        await killed.Kill();
        await OsCommand.Run(["kill", "-KILL", $"{pid}"], TestContext.Current.CancellationToken);
        await OwnFolder.Gone(pid);

        using var next = ChildProcess.Start("host", folder.Setting);
        await next.Says("ready: ");
        Assert.Equal(7, await folder.Ask("SELECT n FROM kept"));
        Assert.Equal(0, await next.Signal("TERM"));
    }

    [Fact]
    public async Task A_terminals_interrupt_reaches_the_host_alone_which_then_stops_its_server_in_time()
    {
        await using var folder = new OwnFolder();
        // In a session of its own, as a terminal's foreground job is.
        using var host = ChildProcess.Start(["setsid"], AppContext.BaseDirectory, ["host", folder.Setting]);
        await host.Says("ready: ");
        var pid = folder.PostmasterPid;
        Assert.Equal($"{host.Id}", await OwnFolder.Ps(host.Id, "pgid"));
        Assert.NotEqual($"{host.Id}", await OwnFolder.Ps(pid, "pgid"));
        Assert.NotEqual($"{host.Id}", await OwnFolder.Ps(pid, "sid"));

        var began = Stopwatch.GetTimestamp();
        Assert.Equal(0, await host.SignalGroup("INT"));
        await OwnFolder.Gone(pid);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task An_ordinary_user_runs_the_server_itself()
    {
        await using var folder = new OwnFolder("data");
        Directory.CreateDirectory(folder.Data);
        var (user, prefix, program) = (Environment.UserName, Array.Empty<string>(), AppContext.BaseDirectory);
        if (Environment.IsPrivilegedProcess)
        {
            // Root's build may lie where others cannot look.
            (user, prefix, program) = ("nobody", ["setpriv", "--reuid=nobody", $"--regid={await Shell("id", "-g", "nobody")}", "--clear-groups", "--"], Path.Combine(folder.Outer, "program"));
            await Shell("cp", "-R", AppContext.BaseDirectory, program);
            await Shell("chown", user, folder.Data);
        }

        using var host = ChildProcess.Start(prefix, program, ["host", folder.Setting]);
        await host.Says("ready: own server, PostgreSQL ");
        var pid = folder.PostmasterPid;
        Assert.Equal(user, await OwnFolder.Ps(pid, "user"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Server.Socket));
        Assert.Equal(0, await host.Signal("TERM"));
        await OwnFolder.Gone(pid);
    }

    [Fact]
    public async Task The_tests_own_server_ends_with_the_tests_however_they_end()
    {
        using var tests = ChildProcess.Start("fixture");
        var socket = new NpgsqlConnectionStringBuilder(await tests.Says("ready: ")).Host!; // a socket's folder
        var root = Path.GetFullPath(Path.Combine(socket, "..", ".."));
        var pid = int.Parse(File.ReadLines(new ServerFolder(root).Postmaster).First(), CultureInfo.InvariantCulture);
        await tests.Kill();
        await OwnFolder.Gone(pid);
        await OwnFolder.Until(() => Task.FromResult(!Directory.Exists(root)), $"{root} is deleted");
    }

    private static async Task<string> Shell(params string[] command)
    {
        var outcome = await OsCommand.Run(command, TestContext.Current.CancellationToken);
        Assert.True(outcome.Succeeded, outcome.Said);
        return outcome.Output.Trim();
    }
}
