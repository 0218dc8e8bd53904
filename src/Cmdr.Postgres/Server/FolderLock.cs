using System.Globalization;

namespace Cmdr.Postgres;

/// <summary>A folder that one host has for itself: a lock of the operating system, so that a host's death frees it, whatever killed it.</summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream file;
    private readonly string holder;

    private FolderLock(FileStream file, string holder) => (this.file, this.holder) = (file, holder);

    /// <summary>Takes the folder.</summary>
    /// <exception cref="PostgresStartException">Another host has it, or another user owns it.</exception>
    internal static FolderLock Take(ServerFolder folder)
    {
        try
        {
            var file = new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // Beside the lock, because what is locked cannot be read.
            File.WriteAllText(folder.Holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new(file, folder.Holder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PostgresStartException($"{folder.Root} belongs to another user. Run as that user, or set Cmdr:Data to a folder of this one.", e);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            var process = File.Exists(folder.Holder) ? $"process {File.ReadAllText(folder.Holder)}" : "another process";
            throw new PostgresStartException($"{folder.Root} is in use by another host ({process}). Stop it, set Cmdr:Data to another folder, or give both one server by ConnectionStrings:Postgres.", e);
        }
    }

    /// <summary>Gives the folder free.</summary>
    public void Dispose()
    {
        File.Delete(holder);
        file.Dispose();
    }
}
