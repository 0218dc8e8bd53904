using System.Runtime.CompilerServices;

namespace Cmdr.Host.Tests;

/// <summary>Where the sources are.</summary>
internal static class Repository
{
    internal static string Root { get; } = Find();

    private static string Find([CallerFilePath] string here = "")
    {
        var folder = Path.GetDirectoryName(here)!; // a source file has a folder
        while (!File.Exists(Path.Combine(folder, "Cmdr.Modular.sln"))) folder = Path.GetDirectoryName(folder)!; // the solution is above every source file
        return folder;
    }
}
