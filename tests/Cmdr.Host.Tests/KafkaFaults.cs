using System.Diagnostics;
using System.Net;
using Cmdr.Testing;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Cmdr.Host.Tests;

/// <summary>What an operator sees of brokers that are away, or not as the log needs them: one clear line each.</summary>
public sealed class KafkaFaults(PostgresServer postgres)
{
    [Fact]
    public async Task Without_a_broker_it_serves_says_so_once_and_is_ready_when_one_comes()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var cluster = new KafkaServer();
        var servers = await cluster.Started();
        await cluster.Kill(1, stop);
        await using var host = await HostProcess.Start(stop, await Settings(servers, stop));

        for (var look = 0; look < 20; look++)
        {
            var watch = Stopwatch.StartNew();
            using var response = await host.Http.GetAsync(new Uri(host.Graph, "/health/ready"), stop);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4)); // and not only when the log has given up
            await Task.Delay(250, stop);
        }

        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync(new Uri(host.Graph, "/health/live"), stop)).StatusCode);
        var lines = host.Output.Split('\n').Where(line => line.Contains(servers, StringComparison.Ordinal)).ToList();
        Assert.True(lines.Count is 1 or 2, $"{lines.Count} lines name the brokers:\n{host.Output}"); // one says what it tries to reach, one may say that it cannot
        Assert.Contains(lines, line => line.Contains("bootstrap.servers", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);

        await cluster.Start(1, stop);
        await host.Ready(stop);
    }

    [Theory]
    [InlineData(4, 8, "", "commands", "events")]
    [InlineData(4, 4, "5", "Cmdr:Partitions", "commands")]
    public async Task Topics_with_other_partition_counts_stop_it_and_the_line_says_which(int commands, int events, string setting, string says, string andSays)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var cluster = new KafkaServer();
        var servers = await cluster.Started();
        using var admin = Admin(servers, null);
        await admin.CreateTopicsAsync([Topic("commands", commands), Topic("events", events), Topic("parked", commands)]);

        var (code, output) = await HostProcess.Run(stop, [.. await Settings(servers, stop), ("Cmdr:Partitions", setting)]);

        Assert.NotEqual(0, code);
        Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.Contains(andSays, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_credentials_and_missing_rights_stop_it_and_the_line_says_which()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var cluster = new KafkaServer { Settings = Guarded };
        var servers = await cluster.Started();
        using var admin = Admin(servers, "admin");
        await admin.CreateTopicsAsync([Topic("commands", 4), Topic("events", 4), Topic("parked", 4)]);

        await Refused(servers, "guest", "wrong", "sasl.password", stop);
        await Refused(servers, "guest", "guest", "topic commands", stop);
        await Grant(admin, ResourceType.Topic, "commands", AclOperation.All);
        await Refused(servers, "guest", "guest", "topic events", stop);
        await Grant(admin, ResourceType.Topic, "events", AclOperation.All);
        await Grant(admin, ResourceType.Topic, "parked", AclOperation.All);
        await Granting(servers, stop);
    }

    /// <summary>With the topics' rights it serves; what else it may not use it says, and goes on once it may.</summary>
    private async Task Granting(string servers, CancellationToken stop)
    {
        await using var host = await HostProcess.Start(stop, [.. await Settings(servers, stop), .. Credentials("guest", "guest")]);
        for (var watch = Stopwatch.StartNew(); !host.Output.Contains("grant it", StringComparison.Ordinal); await Task.Delay(100, stop))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{host.Output}\n{await host.Health()}");
        }
    }

    private async Task Refused(string servers, string user, string password, string says, CancellationToken stop)
    {
        var (code, output) = await HostProcess.Run(stop, [.. await Settings(servers, stop), .. Credentials(user, password)]);
        Assert.NotEqual(0, code);
        Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private async Task<(string, string)[]> Settings(string servers, CancellationToken stop) =>
        [("ConnectionStrings:Postgres", await postgres.Database(stop)), ("Cmdr:Log", "kafka"), ("Cmdr:Kafka:bootstrap.servers", servers)];

    private static (string, string)[] Credentials(string user, string password) =>
    [
        ("Cmdr:Kafka:security.protocol", "SASL_PLAINTEXT"), ("Cmdr:Kafka:sasl.mechanism", "PLAIN"), ("Cmdr:Kafka:sasl.username", user), ("Cmdr:Kafka:sasl.password", password),
    ];

    /// <summary>Everyone tells who he is and may do nothing that he was not granted; only the brokers among themselves may do everything.</summary>
    private static Dictionary<string, string> Guarded => new()
    {
        ["listener.security.protocol.map"] = "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        ["inter.broker.listener.name"] = "PLAINTEXT",
        ["sasl.enabled.mechanisms"] = "PLAIN",
        ["sasl.mechanism.inter.broker.protocol"] = "PLAIN",
        ["listener.name.plaintext.plain.sasl.jaas.config"] =
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"admin\" password=\"admin\" user_admin=\"admin\" user_guest=\"guest\";",
        ["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        ["super.users"] = "User:admin;User:ANONYMOUS",
    };

    private static IAdminClient Admin(string servers, string? user)
    {
        var config = new AdminClientConfig { BootstrapServers = servers };
        if (user is not null) (config.SecurityProtocol, config.SaslMechanism, config.SaslUsername, config.SaslPassword) = (SecurityProtocol.SaslPlaintext, SaslMechanism.Plain, user, user);
        return new AdminClientBuilder(config).SetLogHandler((_, _) => { }).Build();
    }

    private static TopicSpecification Topic(string name, int partitions) => new()
    {
        Name = name,
        NumPartitions = partitions,
        ReplicationFactor = 1,
        Configs = new() { ["retention.ms"] = "-1", ["retention.bytes"] = "-1", ["max.message.bytes"] = $"{2 * 1024 * 1024}" },
    };

    private static Task Grant(IAdminClient admin, ResourceType type, string name, AclOperation operation) => admin.CreateAclsAsync(
    [
        new()
        {
            Pattern = new() { Type = type, Name = name, ResourcePatternType = ResourcePatternType.Literal },
            Entry = new() { Principal = "User:guest", Host = "*", Operation = operation, PermissionType = AclPermissionType.Allow },
        },
    ]);
}
