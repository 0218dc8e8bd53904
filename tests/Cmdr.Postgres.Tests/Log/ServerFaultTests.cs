using System.Globalization;
using Cmdr.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>The server is killed, or its disk takes no more, while hosts append and consume.</summary>
public sealed class ServerFaultTests
{
    /// <summary>A file may have the 16 MiB of a segment of the server's own log, and no more.</summary>
    private const string Full = "--fsize=16777216:", Roomy = "--fsize=unlimited:";

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_under_load_loses_nothing_doubles_nothing_and_keeps_the_order()
    {
        await using var server = new PostgresServer();
        var database = await server.Database(stop);
        await using var trial = new CopyTrial(database, stop);
        await trial.Host.Log.Describe(stop);
        var (copier, consumer) = CopyTrial.Copier(database);
        await using var ending = copier;
        var load = trial.Load();
        for (var crash = 1; crash <= 3; crash++)
        {
            var (appended, consumed) = (trial.Appended, consumer.Consumed.Count);
            await LogHost.Until(() => trial.Appended > appended + 300 && consumer.Consumed.Count > consumed + 300, "hosts append and consume", stop);
            await server.Crash(stop);
        }

        var before = trial.Appended;
        await LogHost.Until(() => trial.Appended > before + 300, "hosts append again", stop);
        trial.Enough();
        await load;

        Assert.NotEmpty(trial.Refused);
        await trial.Check();
    }

    [Fact]
    public async Task A_disk_that_takes_no_more_is_an_error_and_what_was_held_up_goes_on_once_there_is_room()
    {
        await using var server = new PostgresServer();
        var database = await server.Database(stop);
        await using var host = new LogHost(database, partitions: 4);
        await host.AppendNumbers("in", 1, stop);
        var (copier, consumer) = CopyTrial.Copier(database);
        await using var ending = copier;
        await LogHost.Until(() => consumer.Consumed.Count == 1, "it consumes", stop);
        var release = new TaskCompletionSource();
        consumer.Before = _ => release.Task;
        await Limit(database, Full);

        var kept = 1;
        var refused = await Assert.ThrowsAsync<LogException>(async () =>
        {
            for (; kept < 100; kept++) await host.Log.Append("in", [Large(kept)], stop);
        });
        Assert.Contains("Nothing was appended", refused.Message, StringComparison.Ordinal);
        Assert.Contains("File too large", refused.Message, StringComparison.Ordinal);
        release.SetResult();
        await LogHost.Until(async () => (await copier.Log.Health.CheckHealthAsync(new(), stop)).Status == HealthStatus.Unhealthy, "health says that the group cannot commit", stop);

        await Limit(database, Roomy);
        await host.Log.Append("in", [Large(kept++)], stop);
        await LogHost.Until(() => consumer.Consumed.Count == kept, "it consumed everything", stop);
        Assert.Equal((await host.Values("in", stop)).OrderBy(value => value.Length), (await host.Values("out", stop)).OrderBy(value => value.Length));
    }

    private static LogRecord Large(int number) => LogHost.Record("key", number.ToString(CultureInfo.InvariantCulture).PadLeft(500_000 + number, '0'));

    /// <summary>Limits the files of a server that runs, as any user may whose server it is: those of its connections, too.</summary>
    private async Task Limit(string database, string limit)
    {
        var socket = new NpgsqlConnectionStringBuilder(database).Host!; // a socket's folder
        var folder = new ServerFolder(Path.GetFullPath(Path.Combine(socket, "..", "..")));
        var first = int.Parse(File.ReadLines(folder.Postmaster).First(), CultureInfo.InvariantCulture);
        foreach (var pid in await ServerProcesses.Of(first, stop))
        {
            var limited = await OsCommand.Run(ServerAccount.Current.Command("prlimit", limit, "--pid", $"{pid}"), stop);
            Assert.True(limited.Succeeded || !Directory.Exists($"/proc/{pid}"), limited.Said);
        }
    }
}
