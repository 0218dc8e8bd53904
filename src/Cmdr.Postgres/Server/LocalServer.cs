using Microsoft.Extensions.Logging;

namespace Cmdr.Postgres;

/// <summary>A PostgreSQL server of our own: made, started, or adopted where a killed host left it behind; stopped at the end.</summary>
/// <remarks><c>pg_ctl</c> starts the server in a session of its own, so a terminal's Ctrl-C reaches the host alone, and stops it by the process id in its data directory.</remarks>
internal sealed partial class LocalServer(ServerFolder folder, PostgresBinaries binaries, ServerAccount account, ServerConfiguration configuration, ILogger logger)
{
    private const long LongestLog = 16 << 20;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>Serves when it returns.</summary>
    /// <exception cref="PostgresStartException">It cannot; the message says why.</exception>
    internal async Task Start(CancellationToken cancellationToken)
    {
        await account.MakePrivate(folder.Private, cancellationToken).ConfigureAwait(false);
        await account.MakePrivate(folder.Socket, cancellationToken).ConfigureAwait(false);
        ClearAbandoned();
        if (!File.Exists(folder.Version)) await Initialize(cancellationToken).ConfigureAwait(false);
        if (await Adopted(cancellationToken).ConfigureAwait(false)) return;
        ForgetDead();
        if (File.Exists(folder.Log) && new FileInfo(folder.Log).Length > LongestLog) File.Move(folder.Log, folder.Log + ".old", overwrite: true);
        await configuration.Write(folder, cancellationToken).ConfigureAwait(false);
        var configured = $"--options=-c config_file={Relative(folder.Configuration)}";
        // Recovering after a crash may take minutes; the host's own time-out and Ctrl-C still end the wait.
        var outcome = await PgCtl(["start", "--wait", "--timeout=600", $"--log={Relative(folder.Log)}", configured], cancellationToken).ConfigureAwait(false);
        if (!outcome.Succeeded) throw new PostgresStartException($"The PostgreSQL server in {folder.Root} did not start: {outcome.Said} {await LastLines(cancellationToken).ConfigureAwait(false)} (its log is {folder.Log})");
        Started(logger, binaries.Version, folder.Root);
    }

    /// <summary>Stops the server within 5 s: in order, else at once, which costs the next start a recovery and loses nothing.</summary>
    internal async Task Stop(CancellationToken cancellationToken)
    {
        foreach (var how in (string[][])[["--mode=fast", "--timeout=3"], ["--mode=immediate", "--timeout=1"]])
        {
            if (await Postmaster.Of(folder, account, cancellationToken).ConfigureAwait(false) is null) break;
            await PgCtl(["stop", "--wait", .. how], cancellationToken).ConfigureAwait(false);
        }

        if (await Postmaster.Of(folder, account, cancellationToken).ConfigureAwait(false) is { } left) DidNotStop(logger, left.Pid, folder.Root);
        else if (folder.IsSocketOutside && Directory.Exists(folder.Socket)) Directory.Delete(folder.Socket, recursive: true);
    }

    /// <summary>Made aside and renamed, so that a data directory is complete or not there.</summary>
    private async Task Initialize(CancellationToken cancellationToken)
    {
        var aside = Path.Combine(folder.Private, $"initializing-{Path.GetRandomFileName()}");
        string[] durability = configuration.IsDurable ? [] : ["--no-sync"];
        var outcome = await Run(
            [binaries.Initdb, $"--pgdata={Relative(aside)}", $"--username={ServerFolder.Superuser}", "--encoding=UTF8", "--locale=C", "--auth-local=trust", "--auth-host=reject", .. durability],
            cancellationToken).ConfigureAwait(false);
        if (!outcome.Succeeded) throw new PostgresStartException($"{binaries.Initdb} could not make {folder.Data}: {outcome.Said}");
        Directory.Move(aside, folder.Data);
    }

    /// <summary>Deletes what a host left that was killed while it made the data directory.</summary>
    private void ClearAbandoned()
    {
        foreach (var abandoned in Directory.EnumerateDirectories(folder.Private, "initializing-*"))
        {
            try
            {
                Directory.Delete(abandoned, recursive: true);
            }
            catch (IOException e)
            {
                StillAtWork(logger, abandoned, e.Message);
            }
        }
    }

    /// <summary>Whether a server that a killed host left behind serves again; waits for one that starts or stops.</summary>
    private async Task<bool> Adopted(CancellationToken cancellationToken)
    {
        while (await Postmaster.Of(folder, account, cancellationToken).ConfigureAwait(false) is { } left)
        {
            if (left.IsReady && left.Socket == folder.Socket)
            {
                Adopting(logger, left.Pid, folder.Root);
                return true;
            }

            // It listens where this host does not look, as when the temporary folder has moved.
            if (left.IsReady) await PgCtl(["stop", "--wait", "--mode=fast"], cancellationToken).ConfigureAwait(false);
            await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>No server of this folder lives, but the number in its files may have gone to another process, or to one that waits to be reaped: PostgreSQL would give way.</summary>
    private void ForgetDead()
    {
        File.Delete(folder.Postmaster);
        foreach (var left in Directory.EnumerateFiles(folder.Socket)) File.Delete(left);
    }

    private Task<OsOutcome> PgCtl(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        Run([binaries.PgCtl, .. arguments, $"--pgdata={Relative(folder.Data)}"], cancellationToken);

    private Task<OsOutcome> Run(IReadOnlyList<string> command, CancellationToken cancellationToken) => OsCommand.Run(account.Command(command), folder.Private, cancellationToken);

    // The programs hand paths to a shell, half quoted; a path from their working folder has nothing to quote, whatever the user named the folders above.
    private string Relative(string path) => Path.GetRelativePath(folder.Private, path);

    private async Task<string> LastLines(CancellationToken cancellationToken) => File.Exists(folder.Log)
        ? string.Join(' ', (await File.ReadAllLinesAsync(folder.Log, cancellationToken).ConfigureAwait(false)).TakeLast(3))
        : "";

    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL {Version} serves from {Folder}.")]
    private static partial void Started(ILogger logger, string version, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "A host was killed and left its PostgreSQL behind (process {Pid}); it is adopted, {Folder}.")]
    private static partial void Adopting(ILogger logger, int pid, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Folder}, where an initdb that outlived its host is at work, is cleared at the next start: {Why}")]
    private static partial void StillAtWork(ILogger logger, string folder, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL (process {Pid}) in {Folder} did not stop; the next host adopts it.")]
    private static partial void DidNotStop(ILogger logger, int pid, string folder);
}
