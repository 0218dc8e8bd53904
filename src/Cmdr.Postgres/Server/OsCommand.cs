using System.Diagnostics;

namespace Cmdr.Postgres;

/// <summary>Runs a program of the operating system to its end.</summary>
internal static class OsCommand
{
    internal static Task<OsOutcome> Run(IReadOnlyList<string> command, CancellationToken cancellationToken) => Run(command, Environment.CurrentDirectory, cancellationToken);

    internal static async Task<OsOutcome> Run(IReadOnlyList<string> command, string workingFolder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = workingFolder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        // PGDATA, PGPORT and their like would move a server that must be where we say; messages in English can be told apart.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return new(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>A program's full path on PATH; null when it is not there.</summary>
    internal static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Concat(OperatingSystem.IsWindows() ? [] : ["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program))
        .FirstOrDefault(File.Exists);
}

/// <summary>How a program ended.</summary>
internal sealed record OsOutcome(int ExitCode, string Output, string Error)
{
    internal bool Succeeded => ExitCode == 0;

    /// <summary>What it said, on one line: its complaints, or what else there is.</summary>
    internal string Said => string.Join(" ", (string.IsNullOrWhiteSpace(Error) ? Output : Error).Split(['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
}
