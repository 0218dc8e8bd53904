using Cmdr.Testing;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>The contract that every log keeps, on real brokers.</summary>
public abstract class KafkaLogContract(KafkaServer server) : LogContract, IAsyncDisposable
{
    private const int Partitions = 4;

    private readonly List<KafkaLog> logs = [];

    public static TheoryData<string> Names => [.. Cases.Select(one => one.Name)];

    /// <summary>A group's partitions move in two rounds of a protocol, and three brokers beside other tests share two cores.</summary>
    public override TimeSpan Patience => TimeSpan.FromSeconds(120);

    /// <summary>What the host sets beside the addresses of the brokers.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string?>> Settings => [];

    public override async Task<ILog> OpenLog(CancellationToken cancellationToken)
    {
        var settings = new KafkaSettings([KeyValuePair.Create("bootstrap.servers", (string?)await server.Started()), .. Settings]);
        logs.Add(new(settings, Partitions, TimeProvider.System, NullLogger<KafkaLog>.Instance));
        return logs[^1];
    }

    public override async Task Recreate(CancellationToken cancellationToken)
    {
        using var admin = await Admin();
        List<string> topics = [.. admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(topic => topic.Topic).Where(topic => !topic.StartsWith("__", StringComparison.Ordinal))];
        await admin.DeleteTopicsAsync(topics);
        while (admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(topic => topic.Topic).Intersect(topics).Any()) cancellationToken.ThrowIfCancellationRequested();
    }

    public override async Task Expire(LogGroup group, TopicPartition partition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(group);
        using var admin = await Admin();
        await Expulsion.Of(admin, group.Name, partition, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var log in logs) await log.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task<IAdminClient> Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = await server.Started() }).Build();
}

public sealed class OneBroker(LoneBroker server) : KafkaLogContract(server.Server), IClassFixture<LoneBroker>
{
    [Theory]
    [MemberData(nameof(Names))]
    public Task A_log_on_one_broker_keeps_the_contract(string name) => Case(name).Run(this, TestContext.Current.CancellationToken);
}

public sealed class ThreeBrokers(Trio server) : KafkaLogContract(server.Server), IClassFixture<Trio>
{
    [Theory]
    [MemberData(nameof(Names))]
    public Task A_log_on_three_brokers_keeps_the_contract(string name) => Case(name).Run(this, TestContext.Current.CancellationToken);
}

public sealed class NewGroupProtocol(NewGroups server) : KafkaLogContract(server.Server), IClassFixture<NewGroups>
{
    protected override IEnumerable<KeyValuePair<string, string?>> Settings => [KeyValuePair.Create("group.protocol", (string?)"consumer")];

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_log_whose_groups_use_the_new_protocol_keeps_the_contract(string name) => Case(name).Run(this, TestContext.Current.CancellationToken);
}
