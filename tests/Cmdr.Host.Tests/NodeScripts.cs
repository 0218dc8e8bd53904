using System.Diagnostics;
using System.Text.Json;

namespace Cmdr.Host.Tests;

/// <summary>The scripts under <c>Node/</c>, run by Node where their packages are: a folder of the test run's own.</summary>
public sealed class NodeScripts : IAsyncDisposable
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private DirectoryInfo? folder;

    /// <summary>Runs a script to its end; gives the JSON that it printed.</summary>
    internal async Task<JsonElement> Run(string script, CancellationToken stop, params string[] arguments)
    {
        var place = await Installed(stop);
        return JsonDocument.Parse(await Answer("node", [Path.Combine(place, script), .. arguments], place, stop)).RootElement;
    }

    public ValueTask DisposeAsync()
    {
        folder?.Delete(recursive: true);
        turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> Installed(CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            if (folder is not null) return folder.FullName;
            var place = Directory.CreateTempSubdirectory("cmdr-node-");
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Cmdr.Host.Tests", "Node"))) File.Copy(file, Path.Combine(place.FullName, Path.GetFileName(file)));
            folder = place; // deleted, however the installation ends
            await Answer("npm", ["ci"], place.FullName, stop);
            return place.FullName;
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<string> Answer(string program, IEnumerable<string> arguments, string place, CancellationToken stop)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = place, RedirectStandardOutput = true, RedirectStandardError = true })!; // the program is named
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
            await process.WaitForExitAsync(stop);
            Assert.True(process.ExitCode == 0, await error + await output);
            return await output;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
