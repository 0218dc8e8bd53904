using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Cmdr.House.Tests;

/// <summary>The house as it stands: its projects from the disk, its assemblies from the build. Discovered, never listed.</summary>
internal static class House
{
    internal static string Root { get; } = FindRoot();

    internal static IReadOnlyList<Project> Projects { get; } =
        [.. new[] { "src", "modules", "tests", "build" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Where(path => !InBuildFolder(path)).Order(StringComparer.Ordinal).Select(Project.Read)];

    /// <summary>What ships: the projects under src/ and modules/.</summary>
    internal static IReadOnlyList<Project> Shipped { get; } = [.. Projects.Where(project => project.Folder is "src" or "modules")];

    internal static IReadOnlyList<Assembly> Assemblies { get; } = [.. Shipped.Select(project => Assembly.Load(project.Name))];

    internal static IEnumerable<string> SourceFiles(Project project) =>
        Directory.EnumerateFiles(project.Directory, "*.cs", SearchOption.AllDirectories).Where(path => !InBuildFolder(path));

    private static bool InBuildFolder(string path) => path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules");

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var folder = Path.GetDirectoryName(here)!; // a source file has a folder
        while (!File.Exists(Path.Combine(folder, "Cmdr.Modular.sln"))) folder = Path.GetDirectoryName(folder)!; // the solution is above every source file
        return folder;
    }
}

/// <summary>A project as its file says.</summary>
internal sealed record Project(string Name, string Directory, string Folder, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    internal static Project Read(string path)
    {
        var xml = XDocument.Load(path);
        var directory = Path.GetDirectoryName(path)!; // a file has a folder
        return new(
            Path.GetFileNameWithoutExtension(path),
            directory,
            Path.GetRelativePath(House.Root, directory).Split(Path.DirectorySeparatorChar)[0],
            [.. Includes(xml, "ProjectReference").SelectMany(include => Expand(directory, include.Replace('\\', '/')))],
            [.. Includes(xml, "PackageReference")]);
    }

    /// <summary>The names of the projects that an include means: one, or those that <c>folder/*/*.csproj</c> finds.</summary>
    private static IEnumerable<string> Expand(string directory, string include) => include.Split("/*/") is [var folder, _]
        ? System.IO.Directory.EnumerateFiles(Path.Combine(directory, folder), "*.csproj", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(path => Path.GetFileNameWithoutExtension(path))
        : [Path.GetFileNameWithoutExtension(include)];

    private static IEnumerable<string> Includes(XDocument xml, string element) => xml.Descendants(element).Select(item => item.Attribute("Include")!.Value); // every item of ours includes
}
