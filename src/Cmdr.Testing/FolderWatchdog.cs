using System.Diagnostics;
using Cmdr.Postgres;

namespace Cmdr.Testing;

/// <summary>Stops a server and deletes its folder when this process dies without doing so: a shell that waits for the end of its input.</summary>
internal sealed class FolderWatchdog : IDisposable
{
    // In the background, so that it is nobody's child: who kills a tree of processes misses it. Deaf to Ctrl-C, which ends the tests and not the cleaning.
    private const string Script = """
        exec 3<&0
        (
          trap '' INT TERM HUP
          cat > /dev/null
          if pid=$(head -n 1 "$1/postmaster.pid" 2> /dev/null) && kill -INT "$pid"; then
            while kill -0 "$pid"; do sleep 0.1; done
          fi
          # An initdb that was at work fails when its files go, and may have made some meanwhile.
          rm -rf "$2" "$3" || { sleep 1; rm -rf "$2" "$3"; }
        ) <&3 3<&- > /dev/null 2>&1 &
        """;

    private readonly Process? shell;

    private FolderWatchdog(Process? shell) => this.shell = shell;

    /// <summary>Watches from now on; where there is no shell, nobody does.</summary>
    internal static FolderWatchdog Over(ServerFolder folder) => OperatingSystem.IsWindows()
        ? new(null)
        : new(Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", folder.Data, folder.Root, folder.Socket]) { RedirectStandardInput = true }));

    /// <summary>Ends the watch; what is still there is cleaned.</summary>
    public void Dispose()
    {
        shell?.StandardInput.Close();
        shell?.Dispose();
    }
}
