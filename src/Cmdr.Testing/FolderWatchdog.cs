using System.Diagnostics;

namespace Cmdr.Testing;

/// <summary>Ends what a folder's processes are and deletes the folder when this process dies without doing so: a shell that waits for the end of its input.</summary>
internal sealed class FolderWatchdog : IDisposable
{
    // In the background, so that it is nobody's child: who kills a tree of processes misses it. Deaf to Ctrl-C, which ends the tests and not the cleaning.
    private const string Opening = """
        exec 3<&0
        (
          trap '' INT TERM HUP
          cat > /dev/null

        """;

    private const string Closing = """

        ) <&3 3<&- > /dev/null 2>&1 &
        """;

    private readonly Process? shell;

    private FolderWatchdog(Process? shell) => this.shell = shell;

    /// <summary>Watches from now on; where there is no shell, nobody does.</summary>
    /// <param name="ending">What a shell does then.</param>
    /// <param name="arguments">Its $1, $2, ...</param>
    internal static FolderWatchdog Over(string ending, params IEnumerable<string> arguments) => OperatingSystem.IsWindows()
        ? new(null)
        : new(Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Opening + ending + Closing, "sh", .. arguments]) { RedirectStandardInput = true }));

    /// <summary>Ends the watch; what is still there is cleaned.</summary>
    public void Dispose()
    {
        shell?.StandardInput.Close();
        shell?.Dispose();
    }
}
