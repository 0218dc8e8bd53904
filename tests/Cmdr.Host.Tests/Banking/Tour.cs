using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>The README's five minutes, verbatim from the README, with its answers held against what it shows.</summary>
public sealed partial class Tour
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_five_minutes_of_the_README_work_as_written()
    {
        var stop = TestContext.Current.CancellationToken;
        var data = Folders.Data();
        try
        {
            var blocks = Blocks();
            var (start, follow, steps) = (blocks[0], blocks[1], blocks[2..]);
            await using (var host = await Terminal.Serving(start, data.FullName, stop))
            {
                await using var followed = Terminal.Run(follow, data.FullName);
                await followed.Heard(": ", Patience, stop); // the stream's first heartbeat: it is open
                foreach (var step in steps) await step.Check(data.FullName, stop);
                foreach (var type in (string[])["account-opened", "deposited", "command-refused"]) await followed.Heard(type, Patience, stop);
                await host.Interrupt(stop);
            }

            await using var again = await Terminal.Serving(start, data.FullName, stop);
            await steps[^2].Check(data.FullName, stop);
            await steps[^1].Check(data.FullName, stop);
            await again.Interrupt(stop);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static Block[] Blocks()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var section = readme[readme.IndexOf("## Five minutes", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", 4, StringComparison.Ordinal)];
        var blocks = Fence().Matches(section).Select(match => new Block(match.Groups["command"].Value, match.Groups["answer"].Value)).ToArray();
        Assert.Equal(7, blocks.Length);
        return blocks;
    }

    [GeneratedRegex("```sh\n(?<command>.*?)\n```(\n\n```json\n(?<answer>.*?)\n```)?", RegexOptions.Singleline)]
    private static partial Regex Fence();
}

/// <summary>A command that the README shows, and the answer that it promises; empty when it promises none.</summary>
internal sealed record Block(string Command, string Answer)
{
    internal async Task Check(string data, CancellationToken stop)
    {
        await using var terminal = Terminal.Run(this, data);
        Assert.Equal(Answer, (await terminal.Ended(stop)).Trim());
    }
}

/// <summary>A terminal in the repository's folder, in which one command runs.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder screen = new();

    private Watchdog? watchdog;

    private Terminal(Process process) => this.process = process;

    internal static Terminal Run(Block block, string data)
    {
        // setsid: a process group of its own, which Ctrl-C reaches as a whole, as in a terminal.
        var start = new ProcessStartInfo("setsid", ["--wait", "bash", "-c", block.Command])
        {
            WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["Cmdr__Data"] = data;
        start.Environment.Remove("MSBUILD_EXE_PATH");
        var terminal = new Terminal(new() { StartInfo = start });
        terminal.process.OutputDataReceived += (_, line) => terminal.Show(line.Data);
        terminal.process.ErrorDataReceived += (_, line) => terminal.Show(line.Data);
        terminal.process.Start();
        terminal.process.BeginOutputReadLine();
        terminal.process.BeginErrorReadLine();
        terminal.watchdog = Watchdog.Over("kill -TERM -- -$1", $"{terminal.process.Id}");
        return terminal;
    }

    internal static async Task<Terminal> Serving(Block block, string data, CancellationToken stop)
    {
        var terminal = Run(block, data);
        await terminal.Heard("Ctrl-C", TimeSpan.FromSeconds(120), stop);
        return terminal;
    }

    internal async Task Heard(string text, TimeSpan limit, CancellationToken stop)
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        while (!Screen().Contains(text, StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetTimestamp() < deadline && !process.HasExited, $"'{text}' was not heard; the screen shows:\n{Screen()}");
            await Task.Delay(20, stop);
        }
    }

    internal async Task<string> Ended(CancellationToken stop)
    {
        await process.WaitForExitAsync(stop).WaitAsync(TimeSpan.FromSeconds(60), stop);
        return Screen();
    }

    /// <summary>Ctrl-C: SIGINT to every process of the terminal.</summary>
    internal async Task Interrupt(CancellationToken stop)
    {
        Signal("INT");
        await process.WaitForExitAsync(stop).WaitAsync(TimeSpan.FromSeconds(10), stop);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) Signal("TERM");
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException)
        {
            Signal("KILL");
            throw;
        }
        finally
        {
            watchdog?.Dispose();
            process.Dispose();
        }
    }

    private void Signal(string name)
    {
        // setsid forks when it leads a group itself; its child leads the terminal's.
        using var signal = Process.Start("bash", ["-c", $"for p in {process.Id} $(pgrep -P {process.Id}); do kill -{name} -- -$p 2>/dev/null; done; true"]);
        signal.WaitForExit();
    }

    private void Show(string? line)
    {
        if (line is null) return;
        lock (screen) screen.AppendLine(line);
    }

    private string Screen()
    {
        lock (screen) return screen.ToString();
    }
}
