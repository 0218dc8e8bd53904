using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>The deployable as a process of its own, as its users run it: started, spoken to over HTTP, interrupted or killed.</summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    internal static readonly string Deployable = Path.Combine(AppContext.BaseDirectory, "Cmdr.Host.dll");

    // In order, so that it ends a server of its own too. A number that was given to somebody else meanwhile is left alone.
    private const string Ending = """
        grep -qF "$2" "/proc/$1/cmdline" || exit
        kill -CONT "$1"; kill -TERM "$1"
        for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do kill -0 "$1" || exit; sleep 1; done
        kill -KILL "$1"
        """;

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Watchdog? watchdog;

    private HostProcess(ProcessStartInfo start)
    {
        process = new() { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Exited += (_, _) => address.TrySetException(new InvalidOperationException($"The host ended before it served:\n{Output}"));
    }

    /// <summary>The GraphQL endpoint.</summary>
    internal Uri Graph { get; private set; } = null!; // set before Start returns

    internal HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    internal int Id => process.Id;

    internal string Output
    {
        get
        {
            lock (output) return output.ToString();
        }
    }

    /// <summary>Starts a host on a free port of loopback, and returns once it says where it serves.</summary>
    internal static Task<HostProcess> Start(CancellationToken cancellationToken, params (string Key, string Value)[] settings) =>
        StartOf(Deployable, cancellationToken, settings);

    /// <summary>The same for a host of a user's own making.</summary>
    internal static async Task<HostProcess> StartOf(string assembly, CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var host = Launch(assembly, settings);
        try
        {
            host.Graph = await host.address.Task.WaitAsync(StartLimit, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a host that is expected to end by itself; gives what it said and its exit code.</summary>
    internal static async Task<(int ExitCode, string Output)> Run(CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        await using var host = Launch(Deployable, settings);
        await host.process.WaitForExitAsync(cancellationToken).WaitAsync(StartLimit, cancellationToken);
        return (host.process.ExitCode, host.Output);
    }

    /// <summary>Answers a GraphQL request; the whole response as text, however it ended.</summary>
    internal async Task<string> Ask(string query, object? variables, CancellationToken cancellationToken)
    {
        using var response = await Http.PostAsJsonAsync(Graph, new { query, variables }, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>Answers a GraphQL request that must have no errors; its data.</summary>
    internal async Task<JsonElement> Data(string query, object? variables, CancellationToken cancellationToken)
    {
        var text = await Ask(query, variables, cancellationToken);
        var answer = JsonDocument.Parse(text).RootElement;
        Assert.False(answer.TryGetProperty("errors", out _), text);
        return answer.GetProperty("data");
    }

    /// <summary>Waits until the host says that it has caught up.</summary>
    internal async Task Ready(CancellationToken cancellationToken)
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            using var response = await Http.GetAsync(new Uri(Graph, "/health/ready"), cancellationToken);
            if (response.IsSuccessStatusCode) return;
            Assert.True(deadline.Elapsed < StartLimit, await response.Content.ReadAsStringAsync(cancellationToken));
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>How it says it is, or why it does not say.</summary>
    internal async Task<string> Health()
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            using var response = await Http.GetAsync(new Uri(Graph, "/health/ready"), limit.Token);
            return $"health {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(limit.Token)}";
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return $"health: {e.Message}";
        }
    }

    /// <summary>Ctrl-C, and the wait for the end; gives how long it took.</summary>
    internal Task<TimeSpan> Interrupt(CancellationToken cancellationToken) => End("INT", cancellationToken);

    /// <summary>What an orchestrator sends, and the wait for the end; gives how long it took.</summary>
    internal Task<TimeSpan> Terminate(CancellationToken cancellationToken) => End("TERM", cancellationToken);

    /// <summary>SIGKILL.</summary>
    internal async Task Kill()
    {
        process.Kill();
        await Awaited.Within($"the host {Id} ends", process.WaitForExitAsync, CancellationToken.None);
    }

    /// <summary>SIGSTOP: it does nothing, and nobody tells the others.</summary>
    internal Task Freeze(CancellationToken cancellationToken) => Signal("STOP", cancellationToken);

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    internal Task Thaw(CancellationToken cancellationToken) => Signal("CONT", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            try
            {
                await Signal("CONT", CancellationToken.None);
                await Signal("INT", CancellationToken.None);
                await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(15));
            }
            catch (TimeoutException)
            {
                await Kill();
            }
        }

        watchdog?.Dispose();
        Http.Dispose();
        process.Dispose();
    }

    private async Task<TimeSpan> End(string signal, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await Signal(signal, cancellationToken);
        await process.WaitForExitAsync(cancellationToken).WaitAsync(StartLimit, cancellationToken);
        return watch.Elapsed;
    }

    private async Task Signal(string name, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    private static HostProcess Launch(string assembly, (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [assembly, "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = Path.GetDirectoryName(assembly),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        var host = new HostProcess(start);
        host.process.Start();
        host.process.BeginOutputReadLine();
        host.process.BeginErrorReadLine();
        host.watchdog = Watchdog.Over(Ending, $"{host.Id}", assembly);
        return host;
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        lock (output) output.AppendLine(line);
        if (EdgeLine().Match(line) is { Success: true } edge) address.TrySetResult(new(edge.Value));
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/graphql")]
    private static partial Regex EdgeLine();
}
