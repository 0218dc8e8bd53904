using System.Globalization;
using System.Runtime.Versioning;
using Npgsql;
using Xunit;

// Users, modes and signals are those of Unix.
[assembly: UnsupportedOSPlatform("windows")]

namespace Cmdr.Postgres.Tests.Server;

/// <summary>A <c>Cmdr:Data</c> for one test; whatever still runs there at the end is stopped, and the folder deleted.</summary>
internal sealed class OwnFolder : IAsyncDisposable
{
    /// <param name="below">More of a path.</param>
    internal OwnFolder(string below = "") => Data = Path.Combine(Outer, below);

    /// <summary>Deleted at the end.</summary>
    internal string Outer { get; } = Reachable(Directory.CreateTempSubdirectory("cmdr-test-").FullName);

    internal string Data { get; }

    internal string Setting => $"--Cmdr:Data={Data}";

    internal ServerFolder Server => new(Path.Combine(Data, "postgres"));

    internal int PostmasterPid => int.Parse(File.ReadLines(Server.Postmaster).First(), CultureInfo.InvariantCulture);

    private static string Reachable(string folder)
    {
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return folder;
    }

    /// <summary>What a query gives in the database that Cmdr uses.</summary>
    internal async Task<object?> Ask(string sql)
    {
        await using var connection = await Connect();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A client of its own.</summary>
    internal async Task<NpgsqlConnection> Connect()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Server.Connection("cmdr").ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>What <c>ps</c> says of a process; empty when it is gone.</summary>
    internal static async Task<string> Ps(int pid, string column)
    {
        var said = await OsCommand.Run(["ps", "-o", $"stat=,{column}=", "-p", $"{pid}"], TestContext.Current.CancellationToken);
        var words = said.Output.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return words is [var stat, var value] && !stat.StartsWith('Z') ? value : "";
    }

    /// <summary>Waits until a process is gone.</summary>
    internal static Task Gone(int pid) => Until(async () => await Ps(pid, "user") == "", $"process {pid} is gone");

    /// <summary>Waits for a condition.</summary>
    internal static async Task Until(Func<Task<bool>> condition, string what)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(20), $"20 s passed before {what}.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Server.Postmaster))
        {
            var pid = PostmasterPid;
            await OsCommand.Run(["kill", "-QUIT", $"{pid}"], CancellationToken.None);
            await Gone(pid);
        }

        if (Server.IsSocketOutside && Directory.Exists(Server.Socket)) Directory.Delete(Server.Socket, recursive: true);
        Directory.Delete(Outer, recursive: true);
    }
}
