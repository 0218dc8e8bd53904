using System.Diagnostics;
using System.Globalization;

namespace Cmdr.Postgres;

/// <summary>The server process of a data directory, as its <c>postmaster.pid</c> tells (PostgreSQL: <c>miscadmin.h</c>, LOCK_FILE_LINE_*).</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Socket">The folder of its socket; null until it listens.</param>
/// <param name="IsReady">Whether it accepts connections.</param>
internal sealed record Postmaster(int Pid, string? Socket, bool IsReady)
{
    /// <summary>The server that runs on this data directory; null when none does.</summary>
    internal static async Task<Postmaster?> Of(ServerFolder folder, ServerAccount account, CancellationToken cancellationToken)
    {
        string[] lines;
        try
        {
            lines = await File.ReadAllLinesAsync(folder.Postmaster, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        return lines is [var first, ..] && int.TryParse(first, CultureInfo.InvariantCulture, out var pid) && await Runs(pid, folder, account, cancellationToken).ConfigureAwait(false)
            ? new(pid, lines.ElementAtOrDefault(4) is { Length: > 0 } socket ? socket : null, lines.ElementAtOrDefault(7)?.Trim() == "ready")
            : null;
    }

    /// <summary>False where the file outlived its server: no such process, one that only waits to be reaped, or another that was given its number, as happens in containers.</summary>
    private static async Task<bool> Runs(int pid, ServerFolder folder, ServerAccount account, CancellationToken cancellationToken)
    {
        // A server works in its data directory. Asked as its own user: even root may be forbidden to look at another's process.
        if (OperatingSystem.IsLinux()) return (await OsCommand.Run(account.Command("test", $"/proc/{pid}/cwd", "-ef", folder.Data), cancellationToken).ConfigureAwait(false)).Succeeded;
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.ProcessName == "postgres";
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false; // it is gone
        }
    }
}
