namespace Cmdr.Host.Tests;

/// <summary>The machine's processes.</summary>
internal static class Processes
{
    /// <summary>The command lines of running processes that name <paramref name="text"/>.</summary>
    internal static IReadOnlyList<string> Naming(string text) =>
        [.. Directory.EnumerateDirectories("/proc").Select(CommandLine).Where(line => line.Contains(text, StringComparison.Ordinal))];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (IOException)
        {
            return ""; // not a process, or one that ended meanwhile
        }
        catch (UnauthorizedAccessException)
        {
            return ""; // another user's
        }
    }
}
