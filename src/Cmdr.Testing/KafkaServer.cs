namespace Cmdr.Testing;

/// <summary>A real Apache Kafka for tests: one cluster, started on first use from the folder that <c>KAFKA_HOME</c> names, else in containers; it leaves no process and no file, even when the tests are killed.</summary>
/// <example><c>[assembly: AssemblyFixture(typeof(KafkaServer))]</c>; in a test <c>Assert.SkipWhen(KafkaServer.WhyUnavailable is not null, KafkaServer.WhyUnavailable!)</c>, then <c>await server.BootstrapServers(cancellationToken)</c>.</example>
public sealed class KafkaServer : IAsyncDisposable
{
    private static readonly Lazy<string?> Unavailable = new(() => KafkaHome.Path is not null || ContainerTestKafka.DockerAnswers
        ? null
        : $"no Kafka: set {KafkaHome.Variable} to a folder with the script 'kafka' and a Java runtime on the PATH, or start a Docker engine");

    private readonly SemaphoreSlim turn = new(1, 1);
    private ITestKafka? cluster;

    /// <summary>Null where a cluster can run; else the line that says how to supply one, with which a test is skipped.</summary>
    public static string? WhyUnavailable => Unavailable.Value;

    /// <summary>How many nodes, each broker and controller: one, or three (replication 3, <c>min.insync.replicas</c> 2).</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Broker settings beside or instead of the cluster's own, by Kafka's names.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Starts the cluster where it does not run yet and gives its bootstrap servers, comma-separated; they stay the same through every restart.</summary>
    /// <exception cref="KafkaStartException">There is no Kafka, or it does not start; the message says why.</exception>
    public async ValueTask<string> BootstrapServers(CancellationToken cancellationToken) => (await Started(cancellationToken).ConfigureAwait(false)).BootstrapServers;

    /// <summary>Ends a node as a crash does.</summary>
    /// <param name="node">From 1.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task Kill(int node, CancellationToken cancellationToken) => One(node, (running, token) => running.Kill(node, token), cancellationToken);

    /// <summary>Stops a node in order.</summary>
    /// <param name="node">From 1.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task Stop(int node, CancellationToken cancellationToken) => One(node, (running, token) => running.Stop(node, token), cancellationToken);

    /// <summary>Brings back a node that was killed or stopped, with its data; it serves when this returns.</summary>
    /// <param name="node">From 1.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task Start(int node, CancellationToken cancellationToken) => One(node, (running, token) => running.Start(node, token), cancellationToken);

    /// <summary>Freezes a node: it keeps its connections and answers nothing (SIGSTOP).</summary>
    /// <param name="node">From 1.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task Pause(int node, CancellationToken cancellationToken) => One(node, (running, token) => running.Pause(node, token), cancellationToken);

    /// <summary>Lets a frozen node go on (SIGCONT).</summary>
    /// <param name="node">From 1.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task Resume(int node, CancellationToken cancellationToken) => One(node, (running, token) => running.Resume(node, token), cancellationToken);

    /// <summary>Stops every node in order, which cuts every connection, and starts all again; their data are still there.</summary>
    public async Task Restart(CancellationToken cancellationToken)
    {
        var running = await Started(cancellationToken).ConfigureAwait(false);
        // Together: the last ones could not stop in order without a quorum otherwise.
        await Task.WhenAll(Enumerable.Range(1, Nodes).Select(node => running.Stop(node, cancellationToken))).ConfigureAwait(false);
        await running.Start(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Kills the cluster and deletes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync().ConfigureAwait(false);
        turn.Dispose();
    }

    private async Task One(int node, Func<ITestKafka, CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(node, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(node, Nodes);
        await action(await Started(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private async Task<ITestKafka> Started(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return cluster ??= await NewCluster(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Ports are chosen before they are listened on: where somebody else was quicker, others are.</summary>
    private async Task<ITestKafka> NewCluster(CancellationToken cancellationToken)
    {
        if (WhyUnavailable is { } why) throw new KafkaStartException(why);
        for (var attempt = 1; ; attempt++)
        {
            var ports = FreePorts.InARow(2 * Nodes);
            ITestKafka candidate = KafkaHome.Path is { } home ? new LocalTestKafka(home, ports, Nodes, Settings) : new ContainerTestKafka(ports, Nodes, Settings);
            try
            {
                await candidate.Start(cancellationToken).ConfigureAwait(false);
                return candidate;
            }
            catch (KafkaStartException failure) when (attempt < 3 && failure.Message.Contains("Address already in use", StringComparison.Ordinal))
            {
                await candidate.DisposeAsync().ConfigureAwait(false);
            }
            catch
            {
                await candidate.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }
}
