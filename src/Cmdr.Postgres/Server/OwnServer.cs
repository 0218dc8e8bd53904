using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cmdr.Postgres;

/// <summary>Starts a server of the host's own before anything else starts, and stops it after everything else has stopped.</summary>
internal sealed class OwnServer(PostgresSettings settings, PostgresLocation location, ILoggerFactory loggers) : IHostedLifecycleService, IAsyncDisposable
{
    private readonly ILogger logger = loggers.CreateLogger("Cmdr.Postgres");
    private FolderLock? folderLock;
    private LocalServer? server;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            MakeFolder(settings.Folder.Root);
            folderLock = FolderLock.Take(settings.Folder);
            var binaries = await new BinarySearch(settings, loggers).Find(cancellationToken).ConfigureAwait(false);
            server = new(settings.Folder, binaries, ServerAccount.Current, new(), logger);
            await server.Start(cancellationToken).ConfigureAwait(false);
            await Database.Create(settings.Folder.Connection("postgres"), settings.Connection().Database!, cancellationToken).ConfigureAwait(false); // ours has a name
            location.Runs(binaries);
        }
        catch
        {
            // A host that fails to start is not told to stop.
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <summary>Stops the server if it runs, however late or impatient the host is: stopping has a time limit of its own.</summary>
    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.Stop(CancellationToken.None).ConfigureAwait(false);
        server = null;
        folderLock?.Dispose();
        folderLock = null;
    }

    private static void MakeFolder(string root)
    {
        try
        {
            var isNew = !Directory.Exists(root);
            Directory.CreateDirectory(root);
            // Root's umask may close what the server's user must pass.
            if (isNew && Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(root, File.GetUnixFileMode(root) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new PostgresStartException($"{root} cannot be made: {e.Message.TrimEnd('.')}. Set Cmdr:Data to a folder that this user can write, or ConnectionStrings:Postgres to a server.", e);
        }
    }
}
