using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>What a host finds when it opens the log, and how it says what is wrong.</summary>
public sealed class OpeningTests(LoneBroker broker) : IClassFixture<LoneBroker>, IAsyncLifetime
{
    private static readonly (string, string)[] Kept = [.. TopicRules.Configuration(replicas: 1).Select(setting => (setting.Key, setting.Value))];

    private readonly Site site = new(broker.Server);

    [Fact]
    public async Task Topics_are_created_with_what_the_log_needs_and_found_again()
    {
        var created = await (await site.Open(partitions: 3)).Describe(Site.Cancelled);
        var found = await (await site.Open(partitions: null)).Describe(Site.Cancelled);

        Assert.Equal((3, created), (found.Partitions, found));
    }

    [Fact]
    public async Task Hosts_that_open_the_log_at_once_open_the_same()
    {
        var logs = new List<KafkaLog>();
        for (var host = 0; host < 5; host++) logs.Add(await site.Open());

        var descriptions = await Task.WhenAll(logs.Select(log => log.Describe(Site.Cancelled).AsTask()));

        Assert.Single(descriptions.Distinct());
    }

    [Fact]
    public async Task The_end_of_a_topic_that_the_brokers_do_not_know_yet_is_told_once_they_do()
    {
        var clients = new KafkaClients(new([KeyValuePair.Create("bootstrap.servers", (string?)await broker.Server.Started())]), NullLogger<KafkaLog>.Instance);
        using var admin = new AdminCalls(clients);

        var asking = admin.Ends("late", 4, IsolationLevel.ReadUncommitted, Site.Cancelled);
        await Task.Delay(TimeSpan.FromSeconds(1), Site.Cancelled);
        await site.Create("late", 4);

        var ends = await asking;
        Assert.Equal([0, 0, 0, 0], ends);
    }

    /// <summary>Other questions fail then, such as that for the ends of partitions that are not there any more.</summary>
    [Fact]
    public async Task A_group_that_is_joined_after_the_topics_were_created_anew_says_so()
    {
        var log = await site.Open(partitions: 4);
        await log.Describe(Site.Cancelled);
        await site.Clear();
        await (await site.Open(partitions: 1)).Describe(Site.Cancelled);

        var refused = await Assert.ThrowsAsync<CursorException>(() => log.Consume(new("late", [Topics.Commands], PositionKeeping.AfterSlice), new NotingConsumer(), Site.Cancelled));

        Assert.Equal(CursorException.OtherLog, refused.Code);
    }

    [Theory]
    [InlineData("cleanup.policy", "compact")]
    [InlineData("retention.ms", "604800000")]
    [InlineData("retention.bytes", "1000000000")]
    [InlineData("unclean.leader.election.enable", "true")]
    [InlineData("max.message.bytes", "1000")]
    public async Task A_topic_that_would_lose_records_is_refused_with_the_setting_to_change(string setting, string value)
    {
        await site.Create("events", 4, [.. Kept.Where(kept => kept.Item1 != setting), (setting, value)]);

        var refused = await Assert.ThrowsAsync<KafkaStartException>(async () => await (await site.Open()).Describe(Site.Cancelled));

        Assert.StartsWith($"The topic events has {setting}={value}; set it to {TopicRules.Configuration(1)[setting]}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Topics_of_different_partition_counts_are_refused()
    {
        await site.Create("commands", 4, Kept);
        await site.Create("parked", 5, Kept);

        var refused = await Assert.ThrowsAsync<KafkaStartException>(async () => await (await site.Open(partitions: null)).Describe(Site.Cancelled));

        Assert.StartsWith("The topic parked has 5 partitions and commands has 4", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_partition_count_than_the_host_was_told_is_refused()
    {
        await (await site.Open(partitions: 3)).Describe(Site.Cancelled);

        var refused = await Assert.ThrowsAsync<KafkaStartException>(async () => await (await site.Open(partitions: 5)).Describe(Site.Cancelled));

        Assert.StartsWith("Cmdr:Partitions is 5, but the topic commands has 3 partitions", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brokers_that_do_not_answer_are_named()
    {
        await using var log = new KafkaLog(new([new("bootstrap.servers", "127.0.0.1:1")]), null, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<KafkaLog>.Instance);

        var unreached = await Assert.ThrowsAsync<LogException>(async () => await log.Describe(Site.Cancelled));

        Assert.StartsWith("No broker at 127.0.0.1:1 answers", unreached.Message, StringComparison.Ordinal);
    }

    public async ValueTask InitializeAsync() => await site.Clear();

    public ValueTask DisposeAsync() => site.DisposeAsync();
}
