using System.Text;
using Cmdr.Testing;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>A cluster as an operator sees it: raw clients, topics by hand, and logs that hosts open on it.</summary>
internal sealed class Site(KafkaServer server) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<KafkaLog> logs = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> consuming = [];

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async Task<KafkaLog> Open(int? partitions = 4, params (string Name, string Value)[] settings)
    {
        var all = settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)).Prepend(new("bootstrap.servers", await server.Started()));
        logs.Add(new(new(all), partitions, TimeProvider.System, NullLogger<KafkaLog>.Instance));
        return logs[^1];
    }

    public async Task<IAdminClient> Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = await server.Started() }).Build();

    /// <summary>Deletes all topics but Kafka's own.</summary>
    public async Task Clear()
    {
        using var admin = await Admin();
        var topics = Topics(admin);
        if (topics.Count > 0) await admin.DeleteTopicsAsync(topics);
        await Until(() => !Topics(admin).Intersect(topics).Any(), "the topics are gone");
    }

    public async Task Create(string topic, int partitions, params (string Name, string Value)[] configuration)
    {
        using var admin = await Admin();
        await admin.CreateTopicsAsync([new() { Name = topic, NumPartitions = partitions, ReplicationFactor = 1, Configs = configuration.ToDictionary(setting => setting.Name, setting => setting.Value) }]);
    }

    /// <summary>A setting of the only broker, while it runs.</summary>
    public async Task Set(string name, string value)
    {
        using var admin = await Admin();
        await admin.IncrementalAlterConfigsAsync(new() { [new() { Type = ResourceType.Broker, Name = "1" }] = [new() { Name = name, Value = value, IncrementalOperation = AlterConfigOpType.Set }] });
    }

    /// <summary>A producer of transactions that has begun none.</summary>
    public async Task<IProducer<byte[], byte[]>> Opened(string author)
    {
        var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = await server.Started(), TransactionalId = author }).Build();
        producer.InitTransactions(Patience);
        return producer;
    }

    /// <summary>A transaction that is begun, has written a record that names its author, and is left open.</summary>
    public async Task<IProducer<byte[], byte[]>> LeaveOpen(string author, string topic, string value)
    {
        var producer = await Opened(author);
        producer.BeginTransaction();
        producer.Produce(new Confluent.Kafka.TopicPartition(topic, 0), new() { Value = Encoding.UTF8.GetBytes(value), Headers = new() { { WireRecord.TransactionHeader, Encoding.UTF8.GetBytes(author) } } });
        producer.Flush(Patience);
        return producer;
    }

    /// <summary>A transaction that has begun with a group's positions in a topic, and has written nothing.</summary>
    public async Task<IProducer<byte[], byte[]>> Begin(string author, string group, string topic)
    {
        var producer = await Opened(author);
        using var nobody = await Member(group, "nobody");
        producer.BeginTransaction();
        producer.SendOffsetsToTransaction(Enumerable.Range(0, 4).Select(n => new Confluent.Kafka.TopicPartitionOffset(topic, n, 0)), nobody.ConsumerGroupMetadata, Patience);
        return producer;
    }

    public async Task<IConsumer<byte[], byte[]>> Member(string group, string clientId) => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
    {
        BootstrapServers = await server.Started(), GroupId = group, ClientId = clientId, EnableAutoCommit = false, PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
    }).Build();

    /// <summary>The ids that producers of transactions were opened with, as the brokers keep them: each behind the key's version and its own length, of two bytes.</summary>
    /// <remarks>Source: Kafka's TransactionLogKey.json.</remarks>
    public async Task<IReadOnlyList<string>> TransactionalIds()
    {
        const string Kept = "__transaction_state";
        using var admin = await Admin();
        using var reader = await Uncommitted();
        var partitions = admin.GetMetadata(Kept, Patience).Topics[0].Partitions.Select(partition => new Confluent.Kafka.TopicPartition(Kept, partition.PartitionId)).ToHashSet();
        reader.Assign(partitions.Select(partition => new Confluent.Kafka.TopicPartitionOffset(partition, Offset.Beginning)));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Patience);
        var ids = new HashSet<string>();
        while (partitions.Count > 0)
        {
            var result = reader.Consume(deadline.Token);
            if (result.IsPartitionEOF) partitions.Remove(result.TopicPartition);
            else ids.Add(Encoding.UTF8.GetString(result.Message.Key.AsSpan(2 + sizeof(short))));
        }

        return [.. ids];
    }

    /// <summary>A client that reads what is not committed too, and hears where a partition ends.</summary>
    public async Task<IConsumer<byte[], byte[]>> Uncommitted() => new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
    {
        BootstrapServers = await server.Started(), GroupId = "uncommitted", EnablePartitionEof = true, IsolationLevel = IsolationLevel.ReadUncommitted,
    }).Build();

    /// <summary>What a member of a group shares with its host, as far as its transactions need it.</summary>
    public async Task<LogParts> Parts()
    {
        var clients = new KafkaClients(new([KeyValuePair.Create("bootstrap.servers", (string?)await server.Started())]), NullLogger<KafkaLog>.Instance);
        return new(clients, null!, null!, null!, new(NullLogger<KafkaLog>.Instance), TimeProvider.System, NullLogger<KafkaLog>.Instance);
    }

    /// <summary>Lets a group without members stand somewhere, once its coordinator has loaded what it coordinates: the first of a broker that has just started has not.</summary>
    public async Task Stand(string group, Confluent.Kafka.TopicPartition partition, long offset)
    {
        using var nobody = await Member(group, "nobody");
        await Until(() => IsCommitted(nobody, new(partition, offset)), $"{group} stands at {offset}");
    }

    public void Consume(ILog log, LogGroup group, ILogConsumer consumer) => consuming.Add(log.Consume(group, consumer, stopping.Token));

    /// <summary>Everything on a topic up to its end as of now, once all of that is committed or aborted.</summary>
    public static async Task<List<string>> Values(ILog log, string topic)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Patience);
        var end = await log.EndOf(topic, deadline.Token);
        var values = new List<string>();
        await foreach (var page in log.Read(Cursor.Beginning(await log.Describe(deadline.Token), topic), deadline.Token))
        {
            values.AddRange(page.Records.Select(record => Encoding.UTF8.GetString(record.Record.Value.Span)));
            if (page.Cursor.Covers(end)) break;
        }

        return values;
    }

    /// <summary>Everything on a topic, once there are so many.</summary>
    public async Task<List<string>> Values(string topic, int count)
    {
        var log = await Open();
        var values = new List<string>();
        await Until(async () => (values = await Values(log, topic)).Count >= count, $"{count} records are on {topic}");
        return values;
    }

    public static LogRecord Record(string key, string value) => new(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), [new("ce_id", Encoding.UTF8.GetBytes($"id of {value}"))]);

    /// <summary>Waits for a condition, with a deadline that fails the test.</summary>
    public static Task Until(Func<bool> condition, string what) => Until(() => Task.FromResult(condition()), what);

    public static async Task Until(Func<Task<bool>> condition, string what)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Patience);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"It did not come about within {Patience} that {what}.");
            await Task.Delay(20, Cancelled);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(consuming);
        foreach (var log in logs) await log.DisposeAsync();
        stopping.Dispose();
    }

    private static bool IsCommitted(IConsumer<byte[], byte[]> nobody, Confluent.Kafka.TopicPartitionOffset position)
    {
        try
        {
            nobody.Commit([position]);
            return true;
        }
        catch (KafkaException exception) when (exception.Error.Code == ErrorCode.GroupLoadInProgress)
        {
            return false;
        }
    }

    private static List<string> Topics(IAdminClient admin) =>
        [.. admin.GetMetadata(Patience).Topics.Select(topic => topic.Topic).Where(topic => !topic.StartsWith("__", StringComparison.Ordinal))];
}
