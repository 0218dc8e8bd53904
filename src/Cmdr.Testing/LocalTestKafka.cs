using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Cmdr.Testing;

/// <summary>A cluster by the script of <c>KAFKA_HOME</c>, in a temporary folder that ends with the process.</summary>
internal sealed class LocalTestKafka : ITestKafka
{
    private const string Heap = "384m";

    /// <summary>As <c>-XX:TieredStopAtLevel</c> takes it.</summary>
    private const string FirstTier = "1", AllTiers = "4";

    // First the script, lest it start another node; then every node whose number was not given to somebody else meanwhile.
    private const string Ending = """
        for file in "$1/starting" "$1"/cluster/node-*/pid; do
          pid=$(cat "$file") && grep -qF "$1" "/proc/$pid/cmdline" && kill -KILL "$pid" || continue
          for n in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" || break; sleep 0.1; done
        done
        rm -rf "$1" || { sleep 1; rm -rf "$1"; }
        """;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string root = Directory.CreateTempSubdirectory("cmdr-kafka-").FullName;
    private readonly string script;
    private readonly int port;
    private readonly int nodes;
    private readonly string[] settings;
    private readonly Watchdog watchdog;

    internal LocalTestKafka(string home, int port, int nodes, IReadOnlyDictionary<string, string> settings)
    {
        script = KafkaHome.Script(home);
        (this.port, this.nodes) = (port, nodes);
        this.settings = [.. settings.SelectMany(one => new[] { "--set", $"{one.Key}={one.Value}" })];
        watchdog = Watchdog.Over(Ending, root);
    }

    public string BootstrapServers => string.Join(',', Enumerable.Range(1, nodes).Select(node => $"127.0.0.1:{PortOf(node)}"));

    public Task Start(CancellationToken cancellationToken) => Run(["start", "--port", Text(port), "--nodes", Text(nodes), .. settings], cancellationToken);

    public async Task Start(int node, CancellationToken cancellationToken)
    {
        await Run(["start-node", Text(node)], cancellationToken).ConfigureAwait(false);
        // The script may have read the log of the node's life before.
        for (var watch = Stopwatch.StartNew(); !await Listens(PortOf(node), cancellationToken).ConfigureAwait(false); await Task.Delay(50, cancellationToken).ConfigureAwait(false))
        {
            if (watch.Elapsed > StartLimit) throw new KafkaStartException($"node {node} does not listen on port {PortOf(node)} {StartLimit.TotalSeconds} s after it was started");
        }
    }

    public Task Stop(int node, CancellationToken cancellationToken) => Run(["stop-node", Text(node)], cancellationToken);

    public Task Kill(int node, CancellationToken cancellationToken) => Run(["kill-node", Text(node)], cancellationToken);

    public Task Pause(int node, CancellationToken cancellationToken) => Signal("-STOP", node, cancellationToken);

    public Task Resume(int node, CancellationToken cancellationToken) => Signal("-CONT", node, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Run(["wipe"], CancellationToken.None).ConfigureAwait(false);
        Directory.Delete(root, recursive: true);
        watchdog.Dispose();
    }

    private async Task Signal(string signal, int node, CancellationToken cancellationToken)
    {
        var pid = await File.ReadAllTextAsync(Path.Combine(root, "cluster", $"node-{Text(node)}", "pid"), cancellationToken).ConfigureAwait(false);
        await Answer(new("kill", [signal, pid.Trim()]), cancellationToken).ConfigureAwait(false);
    }

    private async Task Run(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", """echo $$ > "$1" && shift && exec "$@" """, "sh", Path.Combine(root, "starting"), script, "--dir", Path.Combine(root, "cluster"), .. arguments])
        {
            Environment =
            {
                ["KAFKA_HEAP"] = Environment.GetEnvironmentVariable("KAFKA_HEAP") ?? Heap,
                // Brokers that live for minutes and share a machine's processors are faster without the compiler that optimises for hours.
                ["KAFKA_JIT"] = Environment.GetEnvironmentVariable("KAFKA_JIT") ?? (nodes > 1 ? FirstTier : AllTiers),
            },
        };
        await Answer(start, cancellationToken).ConfigureAwait(false);
    }

    private static async Task Answer(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start) ?? throw new KafkaStartException($"{start.FileName} does not start");
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            if (process.ExitCode != 0) throw new KafkaStartException((await error.ConfigureAwait(false) + await output.ConfigureAwait(false)).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    private static async Task<bool> Listens(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private int PortOf(int node) => port + (2 * (node - 1));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
