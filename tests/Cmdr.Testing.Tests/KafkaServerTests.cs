using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Xunit;

namespace Cmdr.Testing.Tests;

public sealed class KafkaServerTests
{
    private const string Topic = "things";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_and_settings_outlive_a_crash_a_pause_and_a_restart()
    {
        await using var server = new KafkaServer { Settings = new Dictionary<string, string> { ["message.max.bytes"] = "54321" } };
        var servers = await server.Started();
        await NewTopic(servers, replicas: 1);
        await Append(servers, "before");
        await server.Kill(1, Cancelled);
        await server.Start(1, Cancelled);
        await server.Pause(1, Cancelled);
        var appending = Append(servers, "while it was paused");
        await server.Resume(1, Cancelled);
        await appending;
        await server.Restart(Cancelled);
        Assert.Equal(servers, await server.BootstrapServers(Cancelled));
        Assert.Equal(["before", "while it was paused"], Read(servers, 2));
        Assert.Equal("54321", await BrokerSetting(servers, "message.max.bytes"));
    }

    [Fact]
    public async Task Three_nodes_go_on_without_one()
    {
        await using var server = new KafkaServer { Nodes = 3 };
        var servers = await server.Started();
        await NewTopic(servers, replicas: 3);
        await server.Kill(2, Cancelled);
        await Append(servers, "without the second");
        await server.Start(2, Cancelled);
        await server.Stop(3, Cancelled);
        await Append(servers, "without the third");
        Assert.Equal(["without the second", "without the third"], Read(servers, 2));
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_an_error()
    {
        await using var server = new KafkaServer();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => server.Kill(2, Cancelled));
    }

    [Fact]
    public async Task Nothing_is_left_when_the_tests_are_killed()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("KAFKA_HOME") is { Length: > 0 }, KafkaServer.WhyUnavailable ?? "containers are ended by their own reaper");
        var folder = Directory.CreateTempSubdirectory("cmdr-killed-").FullName;
        using var tests = Process.Start(new ProcessStartInfo("dotnet", [typeof(KafkaServerTests).Assembly.Location, "--filter-method", $"*{nameof(Three_nodes_go_on_without_one)}"])
        {
            Environment = { ["TMPDIR"] = folder },
            RedirectStandardOutput = true,
        })!; // null only where a shell starts it
        var pids = await Until(() => Directory.GetFiles(folder, "pid", SearchOption.AllDirectories) is { Length: 3 } files ? files : null);
        var nodes = await Task.WhenAll(pids.Select(async file => int.Parse(await File.ReadAllTextAsync(file, Cancelled), CultureInfo.InvariantCulture)));
        Assert.All(nodes, node => Assert.True(IsRunning(node)));
        tests.Kill();
        await Until(() => nodes.Any(IsRunning) || Directory.GetDirectories(folder, "cmdr-kafka-*").Length > 0 ? null : "gone");
        Directory.Delete(folder, recursive: true);
    }

    private static bool IsRunning(int process) => File.Exists($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/cmdline");

    private static async Task<T> Until<T>(Func<T?> condition)
        where T : class
    {
        for (; ; await Task.Delay(50, Cancelled))
        {
            if (condition() is { } value) return value;
        }
    }

    private static async Task NewTopic(string servers, short replicas)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = Topic, NumPartitions = 1, ReplicationFactor = replicas }]);
    }

    private static async Task<string> BrokerSetting(string servers, string name)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        var answer = await admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Broker, Name = "1" }]);
        return answer.Single().Entries[name].Value;
    }

    private static async Task Append(string servers, string value)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, EnableIdempotence = true }).Build();
        await producer.ProduceAsync(Topic, new() { Value = value }, Cancelled);
    }

    private static IEnumerable<string> Read(string servers, int count)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig { BootstrapServers = servers, GroupId = "reader", AutoOffsetReset = AutoOffsetReset.Error }).Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        return [.. Enumerable.Range(0, count).Select(_ => consumer.Consume(Cancelled).Message.Value)];
    }
}
