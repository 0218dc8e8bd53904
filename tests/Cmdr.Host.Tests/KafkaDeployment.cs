using System.Text;
using Cmdr.Testing;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Cmdr.Host.Tests;

/// <summary>The log on a Kafka cluster of its own, read from outside with an ordinary read-committed consumer.</summary>
internal sealed class KafkaDeployment : Deployment
{
    private readonly KafkaServer cluster;
    private readonly string servers;
    private readonly IAdminClient admin;

    private KafkaDeployment(string database, KafkaServer cluster, string servers)
        : base(database)
    {
        (this.cluster, this.servers) = (cluster, servers);
        admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).SetLogHandler((_, _) => { }).Build();
    }

    internal override (string Key, string Value)[] Settings => [.. base.Settings, ("Cmdr:Log", "kafka"), ("Cmdr:Kafka:bootstrap.servers", servers)];

    internal override int Servers => cluster.Nodes;

    internal static async Task<Deployment> Start(string database, int nodes)
    {
        var cluster = new KafkaServer { Nodes = nodes };
        try
        {
            return new KafkaDeployment(database, cluster, await cluster.Started());
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    internal override Task<IReadOnlyList<Line>> Read(string topic, IReadOnlyDictionary<int, long> from, CancellationToken stop) =>
        Awaited.Within($"{topic} is read to its end", limited => Task.Run<IReadOnlyList<Line>>(() => Consume(topic, from, limited), limited), stop);

    internal override async Task<IReadOnlySet<string>> Owners(string group, CancellationToken stop)
    {
        var described = await admin.DescribeConsumerGroupsAsync([group], new() { RequestTimeout = TimeSpan.FromSeconds(30) });
        return described.ConsumerGroupDescriptions.SelectMany(description => description.Members).Where(member => member.Assignment.TopicPartitions.Count > 0)
            .Select(member => member.ConsumerId).ToHashSet();
    }

    internal override Task Kill(int server, CancellationToken stop) => cluster.Kill(server, stop);

    internal override Task Start(int server, CancellationToken stop) => cluster.Start(server, stop);

    /// <summary>Of three brokers two are killed. A broker alone goes on though two are asked to be in sync: that it refused, as it once did, could not be relied on.</summary>
    internal override bool CanRefuse => Servers > 1;

    internal override Task RefuseWrites(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(2, Servers - 1).Select(server => Kill(server, stop)));

    internal override Task TakeWrites(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(2, Servers - 1).Select(server => Start(server, stop)));

    internal override async Task<IReadOnlyCollection<(int Partition, long Offset)>?> HeldUp(CancellationToken stop)
    {
        var stable = await Ends(IsolationLevel.ReadCommitted);
        var ends = await Ends(IsolationLevel.ReadUncommitted);
        return [.. stable.Where(end => end.Value < ends[end.Key]).Select(end => (end.Key, end.Value))];
    }

    public override async ValueTask DisposeAsync()
    {
        admin.Dispose();
        await cluster.DisposeAsync();
    }

    private List<Line> Consume(string topic, IReadOnlyDictionary<int, long> from, CancellationToken stop)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = servers, GroupId = "independent-reader", IsolationLevel = IsolationLevel.ReadCommitted, EnableAutoCommit = false, EnablePartitionEof = true,
        };
        using var consumer = new ConsumerBuilder<string, string>(config).SetLogHandler((_, _) => { }).Build();
        var open = Partitions(topic).ToHashSet();
        consumer.Assign(open.Select(partition => new TopicPartitionOffset(topic, partition, from.TryGetValue(partition, out var next) ? next : Offset.Beginning)));
        var lines = new List<Line>();
        while (open.Count > 0)
        {
            var result = consumer.Consume(stop);
            if (result.IsPartitionEOF) open.Remove(result.Partition);
            else if (!result.Message.Headers.TryGetLastBytes("cmdr-txend", out _)) lines.Add(Of(result)); // a mere end of a transaction tells nothing
        }

        return lines;
    }

    private async Task<Dictionary<int, long>> Ends(IsolationLevel isolation)
    {
        var latest = Partitions("events").Select(partition => new TopicPartitionOffsetSpec { TopicPartition = new("events", partition), OffsetSpec = OffsetSpec.Latest() });
        var listed = await admin.ListOffsetsAsync(latest, new() { IsolationLevel = isolation });
        return listed.ResultInfos.ToDictionary(info => info.TopicPartitionOffsetError.Partition.Value, info => info.TopicPartitionOffsetError.Offset.Value);
    }

    private IEnumerable<int> Partitions(string topic) => admin.GetMetadata(topic, TimeSpan.FromSeconds(30)).Topics[0].Partitions.Select(partition => partition.PartitionId);

    private static Line Of(ConsumeResult<string, string> result) => Line.Of(
        result.Partition, result.Offset, result.Message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes())), result.Message.Value);
}
