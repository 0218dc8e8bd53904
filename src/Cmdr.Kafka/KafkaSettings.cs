using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// How to reach the brokers, and how to behave there: every property of librdkafka under its own name, but for those on which the log's promises rest, which
/// Cmdr sets itself.
/// </summary>
/// <remarks>Source of the names: librdkafka's CONFIGURATION.md.</remarks>
public sealed class KafkaSettings
{
    internal const string Section = "Kafka";
    private const string Servers = "bootstrap.servers";
    private const string Largest = "message.max.bytes";
    private const string Fetched = "fetch.message.max.bytes";

    /// <summary>The one name with an underscore of its own.</summary>
    private const string LogLevel = "log_level";

    /// <summary>How long a member of a group may be silent before its partitions go to others.</summary>
    private const string SessionTimeoutMs = "6000";

    /// <summary>How long a member may be at restoring what it takes over, and a rebalance wait for it: a member that died is noticed by its silence.</summary>
    private const string PollIntervalMs = "1800000";

    /// <summary>How much of a partition a member fetches at a time: so little that a slice is of many partitions where many have waited, and what it writes too.</summary>
    private const string MemberFetchBytes = "262144";

    /// <summary>A record of <see cref="LogRecord.MaxBytes"/> with its framing, and room.</summary>
    internal const int MaxMessageBytes = 2 * 1024 * 1024;

    /// <summary>After this the brokers end a transaction by themselves, if nobody did before.</summary>
    internal static readonly TimeSpan TransactionTimeout = TimeSpan.FromSeconds(10);

    private static readonly string[] Own =
    [
        "acks", "auto.offset.reset", "client.id", "enable.auto.commit", "enable.auto.offset.store", "enable.idempotence", "enable.partition.eof", "group.id",
        "allow.auto.create.topics", "group.instance.id", "isolation.level", "partition.assignment.strategy", "partitioner", "request.required.acks",
        "transaction.timeout.ms", "transactional.id",
    ];

    private readonly Dictionary<string, string> properties;

    /// <summary>Settings from librdkafka's properties; an underscore in a name stands for a dot, which the variables of many shells cannot hold.</summary>
    /// <exception cref="SettingException"><c>bootstrap.servers</c> is missing, a property is unknown or out of bounds, or is one that Cmdr sets itself.</exception>
    public KafkaSettings(IEnumerable<KeyValuePair<string, string?>> properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        this.properties = Named(properties);
        if (!this.properties.ContainsKey(Servers)) throw new SettingException($"Cmdr:Log is 'kafka', but Cmdr:Kafka:{Servers} is not set; set it to the brokers' addresses, such as kafka-1:9092,kafka-2:9092.");
        if (Own.FirstOrDefault(this.properties.ContainsKey) is { } own) throw new SettingException($"Cmdr:Kafka:{own} is set, but what the log promises rests on it, so that Cmdr sets it itself; remove it.");
        if (this.properties.TryGetValue(Largest, out var largest) && !(int.TryParse(largest, out var bytes) && bytes >= MaxMessageBytes))
        {
            throw new SettingException($"Cmdr:Kafka:{Largest} is {largest}; records of up to {LogRecord.MaxBytes} bytes must fit: set it to {MaxMessageBytes} or more, or remove it.");
        }

        Check();
    }

    /// <summary>The addresses of the brokers to ask first.</summary>
    public string BootstrapServers => properties[Servers];

    /// <summary>True where members use the group protocol of KIP-848, whose timeouts are the brokers'.</summary>
    internal bool UsesNewGroupProtocol => string.Equals(properties.GetValueOrDefault("group.protocol"), "consumer", StringComparison.OrdinalIgnoreCase);

    /// <summary>How long a member may be silent; null where the brokers say.</summary>
    internal TimeSpan? SessionTimeout => UsesNewGroupProtocol
        ? null
        : TimeSpan.FromMilliseconds(int.Parse(properties.GetValueOrDefault("session.timeout.ms", SessionTimeoutMs), System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>
    /// Questions about topics and groups. With sparse connections, a question to a broker that is gone connects again and again without a pause until its time is
    /// over, and takes most of a processor; without them it waits for the pause to end, which would be longer than its time.
    /// </summary>
    internal AdminClientConfig Admin() => new(Merged(new() { ["enable.sparse.connections"] = "false", ["reconnect.backoff.max.ms"] = "1000" }));

    /// <summary>The producer of appends: idempotent, acknowledged by all replicas in sync.</summary>
    internal ProducerConfig Appends() => Producer(new() { ["linger.ms"] = "1", ["message.timeout.ms"] = "30000" });

    /// <summary>A producer of transactions.</summary>
    internal ProducerConfig Transactions(string id)
    {
        var config = Producer(new()
        {
            // Each commit flushes, which waits for nothing: until then the library need not send, and take its locks, while a slice is still being written.
            ["linger.ms"] = "100",
            // A commit that follows another at once is told to come again while the brokers still write the last markers: after so long, then twice as long.
            ["retry.backoff.ms"] = "2",
            // While a batch is on its way and more of its partition wait, the library asks again and again without a pause whether they may go, which takes a
            // processor from a broker on the same machine: so a batch is as large as its topic takes.
            ["batch.size"] = $"{MaxMessageBytes}",
            // A request to a broker that was restarted can hang without end; a connection that is idle for this long is replaced (librdkafka issue 5456).
            ["connections.max.idle.ms"] = "5000",
        });
        config.TransactionalId = id;
        config.TransactionTimeoutMs = config.MessageTimeoutMs = (int)TransactionTimeout.TotalMilliseconds;
        config.EnableDeliveryReports = false;
        return config;
    }

    /// <summary>A consumer that is told what to read.</summary>
    internal ConsumerConfig Reading(IsolationLevel isolation)
    {
        var config = Consumer(new() { ["queued.max.messages.kbytes"] = "16384" }, isolation);
        config.GroupId = "cmdr-reader"; // asked for by the library; nothing is ever joined or committed
        return config;
    }

    /// <summary>A member of a group.</summary>
    internal ConsumerConfig Member(string group, string clientId)
    {
        var config = Consumer(new() { ["queued.max.messages.kbytes"] = "32768", ["max.poll.interval.ms"] = PollIntervalMs, [Fetched] = MemberFetchBytes }, IsolationLevel.ReadCommitted);
        (config.GroupId, config.ClientId) = (group, clientId);
        if (!UsesNewGroupProtocol) config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
        return config;
    }

    private ProducerConfig Producer(Dictionary<string, string> defaults)
    {
        defaults[Largest] = $"{MaxMessageBytes}";
        return new(Merged(defaults)) { EnableIdempotence = true, Acks = Acks.All, DeliveryReportFields = "status" };
    }

    private ConsumerConfig Consumer(Dictionary<string, string> defaults, IsolationLevel isolation)
    {
        // The others hear with their next heartbeat that a member has left.
        if (!UsesNewGroupProtocol) (defaults["session.timeout.ms"], defaults["heartbeat.interval.ms"]) = (SessionTimeoutMs, "150");
        // The default of a second stalls a consumer whose queue was full for a moment.
        defaults["fetch.queue.backoff.ms"] = "5";
        defaults["fetch.wait.max.ms"] = "100";
        defaults.TryAdd(Fetched, $"{MaxMessageBytes}");
        return new(Merged(defaults))
        {
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            IsolationLevel = isolation,
            AutoOffsetReset = AutoOffsetReset.Error,
            AllowAutoCreateTopics = false,
        };
    }

    private Dictionary<string, string> Merged(Dictionary<string, string> defaults)
    {
        foreach (var (name, value) in properties) defaults[name] = value;
        return defaults;
    }

    private static Dictionary<string, string> Named(IEnumerable<KeyValuePair<string, string?>> properties)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in properties)
        {
            if (value is not { Length: > 0 }) continue;
            var name = key.ToLowerInvariant();
            if (name != LogLevel) name = name.Replace('_', '.');
            if (!named.TryAdd(name, value)) throw new SettingException($"Cmdr:Kafka:{name} is set twice, once with an underscore for the dot; remove one.");
        }

        return named;
    }

    /// <summary>Lets librdkafka say what is wrong with a property before anything is asked of a broker.</summary>
    private void Check()
    {
        try
        {
            new AdminClientBuilder(Admin()).SetLogHandler((_, _) => { }).Build().Dispose();
            foreach (var producer in new[] { Appends(), Transactions("check") }) new ProducerBuilder<byte[], byte[]>(producer).SetLogHandler((_, _) => { }).Build().Dispose();
            foreach (var consumer in new[] { Member("check", "check"), Reading(IsolationLevel.ReadCommitted) })
            {
                new ConsumerBuilder<byte[], byte[]>(consumer).SetLogHandler((_, _) => { }).Build().Dispose();
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException or KafkaException)
        {
            throw new SettingException($"A setting under Cmdr:Kafka is wrong: {exception.Message.TrimEnd('.')}. The names and values are librdkafka's own.");
        }
    }
}
