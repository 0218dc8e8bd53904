using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>Questions to the brokers, each within a time; a client that let one pass is replaced, since it may let all pass.</summary>
internal sealed class AdminCalls(KafkaClients clients) : IDisposable
{
    /// <summary>How long a broker may take to answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>How much longer than it was told to the library may take to give up.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private IAdminClient? client;

    /// <summary>Asks the brokers something, again for a while where they say that they cannot tell yet: topics and leaders that are new are not known everywhere at once.</summary>
    /// <exception cref="LogException">They do not answer, or refuse who asks; the message says what to look at.</exception>
    internal async Task<T> Ask<T>(string what, Func<IAdminClient, Task<T>> ask, CancellationToken cancellationToken)
    {
        var backoff = new Backoff();
        for (var began = Stopwatch.GetTimestamp(); ; await backoff.Wait(cancellationToken).ConfigureAwait(false))
        {
            var asked = Client();
            try
            {
                var answer = await ask(asked).WaitAsync(Patience + Grace, cancellationToken).ConfigureAwait(false);
                clients.Accepted();
                return answer;
            }
            catch (Exception exception) when (exception is KafkaException or TimeoutException or ObjectDisposedException)
            {
                var error = exception is KafkaException failed ? Cause(failed) : new(ErrorCode.Local_TimedOut);
                // The library remembers the epoch of a leader and asks with it for ever, though the broker that came back has a newer one.
                if (error.Code is ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch) Replace(asked);
                // Of what has no leader yet the library itself says so (Local_NoEnt), without asking a broker.
                var isAnswer = error.IsBrokerError || error.Code == ErrorCode.Local_NoEnt;
                var isSoon = isAnswer && KafkaFault.MayPass(error) && Stopwatch.GetElapsedTime(began) < Patience;
                if (!isSoon) throw Translated(asked, error, what, exception);
            }
        }
    }

    /// <summary>Its identity and its brokers.</summary>
    internal Task<DescribeClusterResult> Cluster(CancellationToken cancellationToken) =>
        Ask("the cluster", client => client.DescribeClusterAsync(new() { RequestTimeout = Patience }), cancellationToken);

    /// <summary>The descriptions of those of <paramref name="topics"/> that exist.</summary>
    internal async Task<IReadOnlyList<TopicDescription>> Describe(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        var what = $"the topics {string.Join(", ", topics)}";
        var descriptions = await Ask(what, async client =>
        {
            try
            {
                return (await client.DescribeTopicsAsync(TopicCollection.OfTopicNames(topics), new() { RequestTimeout = Patience }).ConfigureAwait(false)).TopicDescriptions;
            }
            catch (DescribeTopicsException exception)
            {
                return exception.Results.TopicDescriptions; // each tells its own error
            }
        }, cancellationToken).ConfigureAwait(false);
        foreach (var topic in descriptions.Where(topic => topic.Error.IsError && topic.Error.Code != ErrorCode.UnknownTopicOrPart))
        {
            throw Translated(null, topic.Error, $"the topic {topic.Name}", new KafkaException(topic.Error));
        }

        return [.. descriptions.Where(topic => !topic.Error.IsError)];
    }

    /// <summary>Creates a topic; that another host was faster is no fault.</summary>
    internal Task Create(TopicSpecification topic, CancellationToken cancellationToken) => Ask($"the creation of the topic {topic.Name}", async client =>
    {
        try
        {
            await client.CreateTopicsAsync([topic], new() { RequestTimeout = Patience }).ConfigureAwait(false);
        }
        catch (CreateTopicsException exception)
        {
            var error = exception.Results[0].Error;
            if (error.Code != ErrorCode.TopicAlreadyExists) throw new KafkaException(error);
        }

        return true;
    }, cancellationToken);

    /// <summary>The client ids of a group's members; none when nobody knows the group.</summary>
    internal Task<IReadOnlyList<string>> Members(string group, CancellationToken cancellationToken) => Ask<IReadOnlyList<string>>($"the group {group}", async client =>
    {
        try
        {
            var described = await client.DescribeConsumerGroupsAsync([group], new() { RequestTimeout = Patience }).ConfigureAwait(false);
            return [.. described.ConsumerGroupDescriptions.SelectMany(description => description.Members).Select(member => member.ClientId)];
        }
        catch (DescribeConsumerGroupsException exception) when (exception.Results.ConsumerGroupDescriptions.TrueForAll(IsUnknown))
        {
            return [];
        }

        static bool IsUnknown(ConsumerGroupDescription description) => description.Error.Code is ErrorCode.NoError or ErrorCode.GroupIdNotFound;
    }, cancellationToken);

    /// <summary>One past the last offset of every partition of a topic, by what may be read.</summary>
    internal async Task<long[]> Ends(string topic, int partitions, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var options = new ListOffsetsOptions { IsolationLevel = isolation, RequestTimeout = Patience };
        var asked = Enumerable.Range(0, partitions)
            .Select(partition => new TopicPartitionOffsetSpec { TopicPartition = new Wire.TopicPartition(topic, partition), OffsetSpec = OffsetSpec.Latest() }).ToList();
        var listed = await Ask($"the end of the topic {topic}", client => client.ListOffsetsAsync(asked, options), cancellationToken).ConfigureAwait(false);
        var ends = new long[partitions];
        foreach (var info in listed.ResultInfos) ends[info.TopicPartitionOffsetError.Partition.Value] = info.TopicPartitionOffsetError.Offset.Value;
        return ends;
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (client is not null) Release(client);
        }
    }

    /// <summary>
    /// Disposes of a client, unless it has done so itself. It does where it falls over an answer, such as one of a partition that has no replica in sync; to do it
    /// again frees memory twice, which ends the process.
    /// </summary>
    /// <remarks>Seen with Confluent.Kafka 2.16, whose <c>AdminClient</c> frees its queue whether or not it is there.</remarks>
    internal static void Release(IAdminClient client)
    {
        try
        {
            client.AddBrokers(""); // none, and no question to any: it only tells whether the client is still there
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        client.Dispose();
    }

    private IAdminClient Client()
    {
        lock (gate) return client ??= clients.Admin();
    }

    /// <summary>Of some failures the library says only that there is one, and what it is, the parts of its answer say.</summary>
    private static Error Cause(KafkaException exception) => exception switch
    {
        ListOffsetsException { Result: { } result } => result.ResultInfos.Select(info => info.TopicPartitionOffsetError.Error).FirstOrDefault(error => error.IsError),
        DescribeConsumerGroupsException { Results: { } results } => results.ConsumerGroupDescriptions.Select(description => description.Error).FirstOrDefault(error => error.IsError),
        DescribeConfigsException { Results: { } results } => results.Select(result => result.Error).FirstOrDefault(error => error.IsError),
        _ => null,
    } ?? exception.Error;

    private LogException Translated(IAdminClient? asked, Error error, string what, Exception inner)
    {
        var refused = clients.Refusal is { } refusal && KafkaFault.MayPass(error) ? refusal : error;
        if (error.Code == ErrorCode.Local_TimedOut) Replace(asked);
        return new(KafkaFault.Explain(refused, what, clients.Settings), refused == error ? inner : new KafkaException(refused));
    }

    private void Replace(IAdminClient? asked)
    {
        lock (gate)
        {
            if (client != asked || asked is null) return;
            client = null;
        }

        // The library answers nothing any more of a client that is disposed of: others may still wait for what they asked it.
        _ = Task.Delay(Patience + Grace).ContinueWith(_ => Release(asked), TaskScheduler.Default);
    }
}
