using System.Diagnostics;
using Cmdr.Postgres;

namespace Cmdr.Testing;

/// <summary>Ends processes, and deletes what they leave, when this process dies without doing so: a shell that waits for the end of its input.</summary>
internal sealed class Watchdog : IDisposable
{
    // In the background, so that it is nobody's child: who kills a tree of processes misses it. In a session of its own, where there is the program for it:
    // who kills a group of processes does too. Deaf to Ctrl-C, which ends the tests and not the cleaning.
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

    private Watchdog(Process? shell) => this.shell = shell;

    /// <summary>Watches from now on; where there is no shell, nobody does.</summary>
    /// <param name="ending">What a shell does then.</param>
    /// <param name="arguments">Its $1, $2, ...</param>
    internal static Watchdog Over(string ending, params IEnumerable<string> arguments)
    {
        if (OperatingSystem.IsWindows()) return new(null);
        string[] command = [.. OsCommand.Find("setsid") is { } setsid ? (string[])[setsid] : [], "/bin/sh", "-c", Opening + ending + Closing, "sh", .. arguments];
        return new(Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true }));
    }

    /// <summary>Ends the watch; what is still there is cleaned.</summary>
    public void Dispose()
    {
        shell?.StandardInput.Close();
        shell?.Dispose();
    }
}
