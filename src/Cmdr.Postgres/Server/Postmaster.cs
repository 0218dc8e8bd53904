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
    internal static async Task<Postmaster?> Of(ServerFolder folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder.Data, "postmaster.pid");
        if (!File.Exists(file)) return null;
        string[] lines;
        try
        {
            lines = await File.ReadAllLinesAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            return null; // it stopped meanwhile
        }

        return lines is [var pid, ..] && int.TryParse(pid, CultureInfo.InvariantCulture, out var number) && IsPostgres(number)
            ? new(number, lines.ElementAtOrDefault(4) is { Length: > 0 } socket ? socket : null, lines.ElementAtOrDefault(7)?.Trim() == "ready")
            : null;
    }

    /// <summary>False where the file outlived its server: no such process, or another program that was given its number.</summary>
    private static bool IsPostgres(int pid)
    {
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
