using System.Globalization;
using Confluent.Kafka.Admin;

namespace Cmdr.Kafka;

/// <summary>How topics and brokers must be set so that the log keeps what it was given, for ever, whatever broker is killed.</summary>
internal sealed class TopicRules(AdminCalls admin, KafkaSettings settings, int? partitions, DescribeClusterResult cluster)
{
    private const string Retention = "retention.ms", RetentionBytes = "retention.bytes", Cleanup = "cleanup.policy", Unclean = "unclean.leader.election.enable";
    private const string InSync = "min.insync.replicas", Largest = "max.message.bytes";
    private const int Replicas = 3;

    /// <summary>The settings of a topic that the log creates with so many replicas.</summary>
    internal static Dictionary<string, string> Configuration(int replicas) => new()
    {
        [Retention] = "-1",
        [RetentionBytes] = "-1",
        [Cleanup] = "delete",
        [Unclean] = "false",
        [InSync] = Text(LeastInSync(replicas)),
        [Largest] = Text(KafkaSettings.MaxMessageBytes),
    };

    /// <exception cref="KafkaStartException">All that is set otherwise, a sentence each, with what to change.</exception>
    internal async Task Verify(IReadOnlyList<TopicDescription> topics, CancellationToken cancellationToken)
    {
        var faults = topics.SelectMany(topic => Counts(topic, topics)).ToList();
        var configs = await Configs(topics, cancellationToken).ConfigureAwait(false);
        foreach (var topic in topics) faults.AddRange(Settings(topic, configs[topic.Name]));
        faults.AddRange(Broker(configs[""]));
        if (faults.Count > 0) throw new KafkaStartException(string.Join(" ", faults));
    }

    private static int LeastInSync(int replicas) => Math.Min(2, replicas);

    private IEnumerable<string> Counts(TopicDescription topic, IReadOnlyList<TopicDescription> topics)
    {
        var count = topic.Partitions.Count;
        var first = topics[0];
        if (count != first.Partitions.Count)
        {
            yield return $"The topic {topic.Name} has {count} partitions and {first.Name} has {first.Partitions.Count}; all must have the same count, fixed when they are created.";
        }
        else if (partitions is { } wanted && wanted != count && topic == first)
        {
            yield return $"Cmdr:Partitions is {wanted}, but the topic {topic.Name} has {count} partitions, fixed when it was created; remove the setting or set it to {count}.";
        }

        var replicas = topic.Partitions.Min(partition => partition.Replicas.Count);
        var possible = Math.Min(Replicas, cluster.Nodes.Count);
        if (replicas < possible) yield return $"The topic {topic.Name} has {replicas} replica(s) of a partition on {cluster.Nodes.Count} brokers; give it at least {possible} (kafka-reassign-partitions).";
    }

    private static IEnumerable<string> Settings(TopicDescription topic, IReadOnlyDictionary<string, string> config)
    {
        if (Number(config, Retention) is not -1) yield return Wrong(topic, config, Retention, "-1", "records would be deleted");
        if (Number(config, RetentionBytes) is not -1) yield return Wrong(topic, config, RetentionBytes, "-1", "records would be deleted");
        if (config.GetValueOrDefault(Cleanup) != "delete") yield return Wrong(topic, config, Cleanup, "delete", "older records of a key would be deleted");
        if (config.GetValueOrDefault(Unclean) != "false") yield return Wrong(topic, config, Unclean, "false", "acknowledged records could be lost");
        var least = LeastInSync(topic.Partitions.Min(partition => partition.Replicas.Count));
        if (Number(config, InSync) is not { } inSync || inSync < least) yield return Wrong(topic, config, InSync, Text(least), "acknowledged records could be lost with one broker");
        if (Number(config, Largest) is not { } largest || largest < KafkaSettings.MaxMessageBytes)
        {
            yield return Wrong(topic, config, Largest, Text(KafkaSettings.MaxMessageBytes), $"records of up to {LogRecord.MaxBytes} bytes must fit");
        }
    }

    private IEnumerable<string> Broker(IReadOnlyDictionary<string, string> config)
    {
        if (settings.SessionTimeout is { } session)
        {
            var (least, most) = (Number(config, "group.min.session.timeout.ms"), Number(config, "group.max.session.timeout.ms"));
            if (session.TotalMilliseconds < least || session.TotalMilliseconds > most)
            {
                yield return $"The brokers take sessions of {least} to {most} ms (group.min.session.timeout.ms, group.max.session.timeout.ms), and this host asks for {session.TotalMilliseconds}; change theirs, or Cmdr:Kafka:session.timeout.ms.";
            }
        }

        if (Number(config, "transaction.max.timeout.ms") is { } longest && longest < KafkaSettings.TransactionTimeout.TotalMilliseconds)
        {
            yield return $"The brokers' transaction.max.timeout.ms is {longest}; set it to at least {KafkaSettings.TransactionTimeout.TotalMilliseconds}.";
        }
    }

    /// <summary>The settings by topic, and those of a broker under the empty name.</summary>
    private async Task<Dictionary<string, IReadOnlyDictionary<string, string>>> Configs(IReadOnlyList<TopicDescription> topics, CancellationToken cancellationToken)
    {
        var configs = new Dictionary<string, IReadOnlyDictionary<string, string>> { [""] = await Config(ResourceType.Broker, Text(cluster.Nodes[0].Id), cancellationToken).ConfigureAwait(false) };
        foreach (var topic in topics) configs[topic.Name] = await Config(ResourceType.Topic, topic.Name, cancellationToken).ConfigureAwait(false);
        return configs;
    }

    private async Task<IReadOnlyDictionary<string, string>> Config(ResourceType type, string name, CancellationToken cancellationToken)
    {
        var what = type == ResourceType.Topic ? $"the settings of the topic {name}" : "read the settings of the brokers";
        var described = await admin.Ask(what, client => client.DescribeConfigsAsync([new() { Type = type, Name = name }]), cancellationToken).ConfigureAwait(false);
        return described[0].Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Value ?? "");
    }

    private static string Wrong(TopicDescription topic, IReadOnlyDictionary<string, string> config, string setting, string wanted, string why) =>
        $"The topic {topic.Name} has {setting}={config.GetValueOrDefault(setting, "(unknown)")}; set it to {wanted}, or {why}: kafka-configs --alter --entity-type topics --entity-name {topic.Name} --add-config {setting}={wanted}.";

    private static long? Number(IReadOnlyDictionary<string, string> config, string setting) =>
        long.TryParse(config.GetValueOrDefault(setting), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
