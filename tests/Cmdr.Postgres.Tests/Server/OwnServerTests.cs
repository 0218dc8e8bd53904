using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>A host that was told of no server runs one of its own.</summary>
public sealed class OwnServerTests
{
    private static readonly string ServerUser = Environment.IsPrivilegedProcess ? "postgres" : Environment.UserName;

    [Fact]
    public async Task A_server_runs_while_its_host_does_and_has_its_data_at_the_next_start()
    {
        await using var folder = new OwnFolder();
        var first = await Run(folder, async host =>
        {
            var database = host.Services.GetRequiredService<NpgsqlDataSource>();
            await using (var write = database.CreateCommand("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)"))
            {
                await write.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }

            Assert.Equal(ServerUser, await OwnFolder.Ps(folder.PostmasterPid, "user"));
            Assert.Matches($"^own server, PostgreSQL [0-9.]+, {folder.Server.Root}$", host.Services.GetRequiredService<PostgresLocation>().Description);
            var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
            Assert.Equal(HealthStatus.Healthy, health.Entries["postgres"].Status);
        });
        var second = await Run(folder, async _ => Assert.Equal(7, await folder.Ask("SELECT n FROM kept")));
        Assert.NotEqual(first, second);
        Assert.False(File.Exists(folder.Server.Postmaster));
        Assert.False(File.Exists(folder.Server.Holder));
    }

    [Fact]
    public async Task Only_its_own_user_reaches_a_server_and_it_is_durable()
    {
        await using var folder = new OwnFolder();
        await Run(folder, async _ =>
        {
            Assert.Equal("", await folder.Ask("SHOW listen_addresses"));
            Assert.Equal("on", await folder.Ask("SHOW fsync"));
            Assert.Equal("UTF8/C", await folder.Ask("SELECT pg_encoding_to_char(encoding) || '/' || datcollate FROM pg_database WHERE datname = 'cmdr'"));
            const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Assert.Equal(Private, File.GetUnixFileMode(folder.Server.Private));
            Assert.Equal(Private, File.GetUnixFileMode(folder.Server.Socket));
        });
    }

    [Fact]
    public async Task A_server_whose_socket_would_have_too_long_a_path_listens_in_a_short_private_folder()
    {
        await using var folder = new OwnFolder(string.Join('/', Enumerable.Repeat("it's a \"deep\" folder", 6)));
        await Run(folder, async _ =>
        {
            Assert.False(folder.Server.Socket.StartsWith(folder.Data, StringComparison.Ordinal));
            Assert.Equal(folder.Server.Socket, ((string?)await folder.Ask("SHOW unix_socket_directories"))?.Trim('"'));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Server.Socket));
        });
        Assert.False(Directory.Exists(folder.Server.Socket));
    }

    [Fact]
    public async Task A_second_host_on_one_folder_is_refused_with_the_folder_and_the_first_ones_process()
    {
        await using var folder = new OwnFolder();
        await Run(folder, async _ =>
        {
            using var second = EntryPoint.Build(folder.Setting);
            var refusal = await Assert.ThrowsAsync<PostgresStartException>(() => second.StartAsync(TestContext.Current.CancellationToken));
            Assert.Contains($"{folder.Server.Root} is in use by another host (process {Environment.ProcessId})", refusal.Message, StringComparison.Ordinal);
            Assert.Equal("on", await folder.Ask("SHOW fsync"));
        });
    }

    [Fact]
    public async Task What_an_interrupted_first_start_left_is_cleared_away()
    {
        await using var folder = new OwnFolder();
        using (var interrupted = ChildProcess.Start("host", folder.Setting))
        {
            await OwnFolder.Until(() => Task.FromResult(Directory.Exists(folder.Server.Private) && Directory.EnumerateFiles(folder.Server.Private, "PG_VERSION", SearchOption.AllDirectories).Any()), "initdb is at work");
            Assert.False(Directory.Exists(folder.Server.Data));
            await interrupted.Kill();
        }

        await Run(folder, async _ => Assert.Equal("on", await folder.Ask("SHOW fsync")));
        await Run(folder, async _ => Assert.Equal("on", await folder.Ask("SHOW fsync")));
        Assert.Empty(Directory.EnumerateDirectories(folder.Server.Private, "initializing-*"));
    }

    [Fact]
    public async Task A_pid_file_whose_number_went_to_another_process_does_not_keep_a_server_from_starting()
    {
        await using var folder = new OwnFolder();
        await Run(folder, _ => Task.CompletedTask);
        await File.WriteAllLinesAsync(
            folder.Server.Postmaster, [$"{Environment.ProcessId}", folder.Server.Data, "0", "5432", folder.Server.Socket, "", "0 0", "ready"], TestContext.Current.CancellationToken);
        await Run(folder, async _ => Assert.Equal("on", await folder.Ask("SHOW fsync")));
    }

    /// <summary>Runs a host in this process; gives the process id that its server had, which is gone.</summary>
    private static async Task<int> Run(OwnFolder folder, Func<IHost, Task> test)
    {
        int pid;
        using (var host = EntryPoint.Build(folder.Setting))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            pid = folder.PostmasterPid;
            await test(host);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        await OwnFolder.Gone(pid);
        return pid;
    }
}
