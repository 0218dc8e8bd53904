using System.Globalization;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Ready = DotNet.Testcontainers.Builders.Wait; // Cmdr has a Wait of its own

namespace Cmdr.Testing;

/// <summary>A cluster in containers, one a node, where this machine has Docker and no <c>KAFKA_HOME</c>.</summary>
internal sealed class ContainerTestKafka : ITestKafka
{
    private const string Image = "apache/kafka:4.3.1";
    private const int Inside = 9092;

    private readonly INetwork network = new NetworkBuilder().Build();
    private readonly IContainer[] containers;
    private readonly int port;

    /// <param name="port">Node I is reached at this + 2(I-1): fixed, since a node tells it to its clients, through every restart.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="settings">By Kafka's names.</param>
    internal ContainerTestKafka(int port, int nodes, IReadOnlyDictionary<string, string> settings)
    {
        this.port = port;
        var voters = string.Join(',', Enumerable.Range(1, nodes).Select(node => $"{Text(node)}@kafka-{Text(node)}:9093"));
        containers = [.. Enumerable.Range(1, nodes).Select(node => Node(node, nodes, voters, settings))];
    }

    /// <summary>Whether there is an engine; asked by building a container, which talks to it.</summary>
    internal static bool DockerAnswers
    {
        get
        {
            try
            {
                new ContainerBuilder(Image).Build();
                return true;
            }
            catch (DockerUnavailableException)
            {
                return false;
            }
        }
    }

    public string BootstrapServers => string.Join(',', containers.Select((_, index) => $"127.0.0.1:{PortOf(index + 1)}"));

    public async Task Start(CancellationToken cancellationToken)
    {
        await network.CreateAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(containers.Select(container => container.StartAsync(cancellationToken))).ConfigureAwait(false);
    }

    public Task Start(int node, CancellationToken cancellationToken) => containers[node - 1].StartAsync(cancellationToken);

    public Task Stop(int node, CancellationToken cancellationToken) => containers[node - 1].StopAsync(cancellationToken);

    // All but the container's first process, which then ends too; StopAsync waits for that.
    public async Task Kill(int node, CancellationToken cancellationToken)
    {
        await containers[node - 1].ExecAsync(["sh", "-c", "kill -9 -1"], cancellationToken).ConfigureAwait(false);
        await containers[node - 1].StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task Pause(int node, CancellationToken cancellationToken) => containers[node - 1].PauseAsync(cancellationToken);

    public Task Resume(int node, CancellationToken cancellationToken) => containers[node - 1].UnpauseAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var container in containers) await container.DisposeAsync().ConfigureAwait(false);
        await network.DisposeAsync().ConfigureAwait(false);
    }

    private IContainer Node(int node, int nodes, string voters, IReadOnlyDictionary<string, string> settings)
    {
        var (replicas, insync) = (Text(Math.Min(nodes, 3)), Text(nodes > 1 ? 2 : 1));
        var all = new Dictionary<string, string>
        {
            ["process.roles"] = "broker,controller",
            ["node.id"] = Text(node),
            ["controller.quorum.voters"] = voters,
            ["controller.listener.names"] = "CONTROLLER",
            ["listeners"] = $"TESTS://:{Text(Inside)},NODES://:9094,CONTROLLER://:9093",
            ["advertised.listeners"] = $"TESTS://127.0.0.1:{Text(PortOf(node))},NODES://kafka-{Text(node)}:9094",
            ["listener.security.protocol.map"] = "TESTS:PLAINTEXT,NODES:PLAINTEXT,CONTROLLER:PLAINTEXT",
            ["inter.broker.listener.name"] = "NODES",
            ["auto.create.topics.enable"] = "false",
            ["default.replication.factor"] = replicas,
            ["min.insync.replicas"] = insync,
            ["offsets.topic.num.partitions"] = "8",
            ["offsets.topic.replication.factor"] = replicas,
            ["transaction.state.log.num.partitions"] = "8",
            ["transaction.state.log.replication.factor"] = replicas,
            ["transaction.state.log.min.isr"] = insync,
            ["group.initial.rebalance.delay.ms"] = "0",
        };
        foreach (var (name, value) in settings) all[name] = value;
        return new ContainerBuilder(Image)
            .WithNetwork(network).WithNetworkAliases($"kafka-{Text(node)}").WithPortBinding(PortOf(node), Inside)
            .WithEnvironment(all.ToDictionary(one => Variable(one.Key), one => one.Value))
            .WithEnvironment("CLUSTER_ID", "Q21kclRlc3RzS2Fma2FBMQ").WithEnvironment("KAFKA_HEAP_OPTS", "-Xms256m -Xmx384m")
            .WithCreateParameterModifier(parameters => (parameters.HostConfig ??= new()).Init = true)
            .WithWaitStrategy(Ready.ForUnixContainer().UntilMessageIsLogged("Kafka Server started"))
            .Build();
    }

    /// <summary>The image's way to say a setting: dots are underscores, underscores are double, dashes triple.</summary>
    private static string Variable(string name) =>
        "KAFKA_" + name.Replace("_", "__", StringComparison.Ordinal).Replace("-", "___", StringComparison.Ordinal).Replace('.', '_').ToUpperInvariant();

    private int PortOf(int node) => port + (2 * (node - 1));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
