namespace Cmdr.Host.Tests;

/// <summary>Folders of a test's own.</summary>
internal static class Folders
{
    /// <summary>A data folder that the account of a server may pass through, as /var/lib is.</summary>
    internal static DirectoryInfo Data()
    {
        var folder = Directory.CreateTempSubdirectory("cmdr-");
        if (OperatingSystem.IsWindows()) return folder;
        File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return folder;
    }
}
