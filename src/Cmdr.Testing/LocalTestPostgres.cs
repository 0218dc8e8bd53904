using Cmdr.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cmdr.Testing;

/// <summary>A server from binaries, found or fetched, in a temporary folder that ends with the process.</summary>
internal sealed class LocalTestPostgres : ITestPostgres
{
    private const string Ending = """
        if pid=$(head -n 1 "$1/postmaster.pid" 2> /dev/null) && kill -INT "$pid"; then
          while kill -0 "$pid"; do sleep 0.1; done
        fi
        # An initdb that was at work fails when its files go, and may have made some meanwhile.
        rm -rf "$2" "$3" || { sleep 1; rm -rf "$2" "$3"; }
        """;

    private readonly ServerFolder folder = new(Reachable());
    private readonly bool isDurable;
    private readonly Watchdog watchdog;
    private LocalServer? server;

    internal LocalTestPostgres(bool isDurable)
    {
        this.isDurable = isDurable;
        watchdog = Watchdog.Over(Ending, folder.Data, folder.Root, folder.Socket);
    }

    public NpgsqlConnectionStringBuilder Connection => folder.Connection("postgres");

    public async Task Start(CancellationToken cancellationToken)
    {
        server ??= new(
            folder,
            await new BinarySearch(PostgresSettings.Own(folder), NullLoggerFactory.Instance).Find(cancellationToken).ConfigureAwait(false),
            ServerAccount.Current,
            new(isDurable, Connections: 500),
            NullLogger.Instance);
        await server.Start(cancellationToken).ConfigureAwait(false);
    }

    public Task Stop(CancellationToken cancellationToken) => server?.Stop(cancellationToken) ?? Task.CompletedTask;

    public async Task Kill(CancellationToken cancellationToken)
    {
        if (await Postmaster.Of(folder, ServerAccount.Current, cancellationToken).ConfigureAwait(false) is { } running) await ServerProcesses.Kill(running.Pid, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop(CancellationToken.None).ConfigureAwait(false);
        Directory.Delete(folder.Root, recursive: true);
        watchdog.Dispose();
    }

    /// <summary>A folder that the server's user can reach, whoever that is.</summary>
    private static string Reachable()
    {
        var root = Directory.CreateTempSubdirectory("cmdr-test-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(root, File.GetUnixFileMode(root) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return root;
    }
}
