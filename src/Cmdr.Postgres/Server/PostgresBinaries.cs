using System.Text.RegularExpressions;

namespace Cmdr.Postgres;

/// <summary>The programs of one PostgreSQL release in one folder.</summary>
/// <param name="Folder">The folder of <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="Version">As it calls itself, such as <c>15.18</c>.</param>
internal sealed partial record PostgresBinaries(string Folder, string Version)
{
    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    internal string Initdb => Program(Folder, "initdb");

    internal string PgCtl => Program(Folder, "pg_ctl");

    /// <summary>Releases of one major version read each other's data.</summary>
    internal string Major => Version.Split('.')[0];

    /// <summary>The binaries in a folder; null when one is missing or cannot say its version.</summary>
    internal static async Task<PostgresBinaries?> In(string folder, CancellationToken cancellationToken)
    {
        if (!Programs.All(program => File.Exists(Program(folder, program)))) return null;
        var said = await OsCommand.Run([Program(folder, "postgres"), "--version"], cancellationToken).ConfigureAwait(false);
        return said.Succeeded && VersionNumber().Match(said.Output) is { Success: true } match ? new(folder, match.Value) : null;
    }

    /// <summary>The first binaries in some folders.</summary>
    /// <param name="folders">The folders.</param>
    /// <param name="major">The only major version wanted, because data of it exists; null for any.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal static async Task<PostgresBinaries?> Among(IEnumerable<string> folders, string? major, CancellationToken cancellationToken)
    {
        foreach (var folder in folders.Distinct())
        {
            var found = await In(folder, cancellationToken).ConfigureAwait(false);
            if (found is not null && (major is null || found.Major == major)) return found;
        }

        return null;
    }

    /// <summary>Where this machine may have binaries: those on PATH first, then the usual places, the newest first.</summary>
    internal static IEnumerable<string> Places()
    {
        // Links are resolved because a server finds its libraries beside its own file.
        if (OsCommand.Find("pg_ctl") is { } linked && File.ResolveLinkTarget(linked, returnFinalTarget: true) is { } target) yield return Path.GetDirectoryName(target.FullName)!; // a file has a folder
        if (OsCommand.Find("pg_ctl") is { } program) yield return Path.GetDirectoryName(program)!; // a file has a folder
        string[] parents = OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL")]
            : ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/Library/PostgreSQL", "/Applications/Postgres.app/Contents/Versions", "/usr/local", "/usr"];
        foreach (var parent in parents.Where(Directory.Exists))
        {
            foreach (var release in Directory.EnumerateDirectories(parent).Where(folder => Release().IsMatch(Path.GetFileName(folder))).OrderByDescending(Number))
            {
                yield return Path.Combine(release, "bin");
            }
        }
    }

    private static int Number(string folder) => int.TryParse(Release().Match(Path.GetFileName(folder)).Groups["major"].Value, out var major) ? major : 0;

    private static string Program(string folder, string name) => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    [GeneratedRegex(@"\d+(\.\d+)+|\d+(?=(devel|beta|rc))")]
    private static partial Regex VersionNumber();

    /// <summary>How folders of a release are called: <c>15</c>, <c>postgresql@15</c>, <c>pgsql-15</c>, <c>postgresql</c>, <c>latest</c>.</summary>
    [GeneratedRegex(@"^((postgresql@?|pgsql-?)?(?<major>\d\d)|postgresql|pgsql|latest)$")]
    private static partial Regex Release();
}
