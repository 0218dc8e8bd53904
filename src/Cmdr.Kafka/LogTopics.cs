using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka.Admin;

namespace Cmdr.Kafka;

/// <summary>The topics: created where they are not there, known by their partition count, and told apart from topics of the same name that came after them.</summary>
internal sealed class LogTopics(AdminCalls admin, KafkaSettings settings, int? partitions)
{
    private const int DefaultPartitions = 16;
    private const int WantedReplicas = 3;
    private static readonly TimeSpan Appearing = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);

    /// <summary>Creates the log's topics where they are missing, verifies them, and says which log they are.</summary>
    /// <exception cref="KafkaStartException">A topic or broker is set otherwise than the log needs.</exception>
    internal async Task<LogDescription> Open(CancellationToken cancellationToken)
    {
        var cluster = await admin.Cluster(cancellationToken).ConfigureAwait(false);
        var found = await Find(Topics.All, cancellationToken).ConfigureAwait(false);
        var count = found.Values.FirstOrDefault()?.Partitions.Count ?? partitions ?? DefaultPartitions;
        foreach (var missing in Topics.All.Where(topic => !found.ContainsKey(topic))) await Create(missing, count, cluster.Nodes.Count, cancellationToken).ConfigureAwait(false);
        var topics = await Await(Topics.All, cancellationToken).ConfigureAwait(false);
        await new TopicRules(admin, settings, partitions, cluster).Verify(topics, cancellationToken).ConfigureAwait(false);
        foreach (var topic in topics) known[topic.Name] = true;
        return new(Identity(cluster.ClusterId, topics), topics[0].Partitions.Count);
    }

    /// <summary>Which log the topics are now; null where one is missing.</summary>
    internal async Task<string?> Identity(CancellationToken cancellationToken)
    {
        var cluster = await admin.Cluster(cancellationToken).ConfigureAwait(false);
        var found = await Find(Topics.All, cancellationToken).ConfigureAwait(false);
        return found.Count < Topics.All.Count ? null : Identity(cluster.ClusterId, [.. Topics.All.Select(topic => found[topic])]);
    }

    /// <summary>True when the topic is there.</summary>
    internal async ValueTask<bool> Has(string topic, CancellationToken cancellationToken)
    {
        if (known.ContainsKey(topic)) return true;
        if ((await Find([topic], cancellationToken).ConfigureAwait(false)).Count == 0) return false;
        return known[topic] = true;
    }

    /// <summary>Creates a topic other than the log's own on first use.</summary>
    internal async ValueTask Ensure(string topic, int count, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        if (await Has(topic, cancellationToken).ConfigureAwait(false)) return;
        var cluster = await admin.Cluster(cancellationToken).ConfigureAwait(false);
        await Create(topic, count, cluster.Nodes.Count, cancellationToken).ConfigureAwait(false);
        await Await([topic], cancellationToken).ConfigureAwait(false);
        known[topic] = true;
    }

    /// <summary>The topics that this host has used.</summary>
    internal IReadOnlyCollection<string> Known => [.. known.Keys];

    private async Task<Dictionary<string, TopicDescription>> Find(IReadOnlyList<string> topics, CancellationToken cancellationToken) =>
        (await admin.Describe(topics, cancellationToken).ConfigureAwait(false)).ToDictionary(topic => topic.Name, StringComparer.Ordinal);

    /// <summary>The topics, once every one of their partitions has a leader: a topic that was just created is not known everywhere at once.</summary>
    private async Task<List<TopicDescription>> Await(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Appearing);
        var backoff = new Backoff();
        while (true)
        {
            var found = await Find(topics, cancellationToken).ConfigureAwait(false);
            if (found.Count == topics.Count && found.Values.All(topic => topic.Partitions.All(partition => partition.Leader is { Id: >= 0 }))) return [.. topics.Select(topic => found[topic])];
            try
            {
                await backoff.Wait(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new LogException($"The topics {string.Join(", ", topics)} have partitions without a leader; the host tries on. Are enough brokers running?");
            }
        }
    }

    private Task Create(string topic, int count, int brokers, CancellationToken cancellationToken)
    {
        var replicas = Math.Min(WantedReplicas, brokers);
        var specification = new TopicSpecification
        {
            Name = topic, NumPartitions = count, ReplicationFactor = (short)replicas, Configs = TopicRules.Configuration(replicas),
        };
        return admin.Create(specification, cancellationToken);
    }

    /// <summary>From what Kafka itself tells topics of one name apart by, so that nothing need be kept.</summary>
    private static string Identity(string cluster, IReadOnlyList<TopicDescription> topics)
    {
        var text = string.Join(' ', topics.Select(topic => topic.TopicId.ToString()).Prepend(cluster));
        return new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16), bigEndian: true).ToString();
    }
}
