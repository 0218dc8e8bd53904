using Cmdr.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Cmdr.Testing;

/// <summary>A server from binaries, in a temporary folder that ends with the process.</summary>
internal sealed class LocalTestPostgres : ITestPostgres
{
    private readonly string root;
    private readonly LocalServer server;
    private readonly FolderWatchdog watchdog;

    internal LocalTestPostgres(string root, PostgresBinaries binaries, bool isDurable)
    {
        this.root = root;
        var folder = new ServerFolder(root);
        Connection = folder.Connection("postgres");
        watchdog = FolderWatchdog.Over(folder);
        server = new(folder, binaries, ServerAccount.Current, new(isDurable, Connections: 500), NullLogger.Instance);
    }

    public NpgsqlConnectionStringBuilder Connection { get; }

    public Task Start(CancellationToken cancellationToken) => server.Start(cancellationToken);

    public Task Stop(CancellationToken cancellationToken) => server.Stop(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await server.Stop(CancellationToken.None).ConfigureAwait(false);
        Directory.Delete(root, recursive: true);
        watchdog.Dispose();
    }

    /// <summary>A folder that the server's user can reach, whoever that is.</summary>
    internal static string Folder()
    {
        var root = Directory.CreateTempSubdirectory("cmdr-test-").FullName;
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(root, Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return root;
    }
}
