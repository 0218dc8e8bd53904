using System.Diagnostics;
using Xunit;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>This assembly in a process of its own, to be killed.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process process;

    private ChildProcess(Process process) => this.process = process;

    internal int Id => process.Id;

    internal static ChildProcess Start(params string[] arguments) => Start([], AppContext.BaseDirectory, arguments);

    /// <param name="prefix">What runs it, such as a command that changes the user.</param>
    /// <param name="folder">Where the assembly is.</param>
    /// <param name="arguments">Its arguments.</param>
    internal static ChildProcess Start(string[] prefix, string folder, string[] arguments)
    {
        string[] command = [.. prefix, OsCommand.Find("dotnet")!, Path.Combine(folder, "Cmdr.Postgres.Tests.dll"), .. arguments]; // dotnet built it
        return new(Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, WorkingDirectory = folder })!); // started, or throws
    }

    /// <summary>The rest of the first line that begins so.</summary>
    internal async Task<string> Says(string beginning)
    {
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal)) return line[beginning.Length..];
            lines.Add(line);
        }

        throw new InvalidOperationException($"It never said '{beginning}' but: {string.Join('\n', lines)}");
    }

    /// <summary>All that it says until it ends.</summary>
    internal Task<string> SaysToItsEnd() => process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

    /// <summary>As a crash or an impatient operator does.</summary>
    internal async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a signal, and gives the exit code.</summary>
    internal Task<int> Signal(string name) => Signal(name, $"{Id}");

    /// <summary>As a terminal's Ctrl-C does: to all processes of a group, which this one must lead.</summary>
    internal Task<int> SignalGroup(string name) => Signal(name, $"-{Id}");

    /// <summary>Sends a signal that does not end it.</summary>
    internal Task Send(string name) => Send(name, $"{Id}");

    private static async Task Send(string name, string target)
    {
        var sent = await OsCommand.Run([OsCommand.Find("kill")!, "-s", name, "--", target], TestContext.Current.CancellationToken); // every Unix has it
        Assert.True(sent.Succeeded, sent.Said);
    }

    private async Task<int> Signal(string name, string target)
    {
        await Send(name, target);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.Dispose();
    }
}
