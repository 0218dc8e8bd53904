using Xunit;

namespace Cmdr.Kafka.Tests;

public sealed class SettingsTests
{
    [Fact]
    public void Without_brokers_there_is_no_log()
    {
        Assert.Contains("Cmdr:Kafka:bootstrap.servers is not set", Refusal(("client.rack", "a")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no.such.property", "1")]
    [InlineData("session.timeout.ms", "soon")]
    [InlineData("security.protocol", "telepathy")]
    public void What_the_library_does_not_know_is_refused_by_its_name(string name, string value)
    {
        Assert.Contains(name, Refusal(("bootstrap.servers", "b:9092"), (name, value)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acks")]
    [InlineData("enable.idempotence")]
    [InlineData("isolation.level")]
    [InlineData("group.id")]
    [InlineData("transactional.id")]
    public void What_the_promises_rest_on_cannot_be_set(string name)
    {
        Assert.StartsWith($"Cmdr:Kafka:{name} is set", Refusal(("bootstrap.servers", "b:9092"), (name, "1")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("message.max.bytes", "1000000")]
    [InlineData("linger.ms", "40000")]
    [InlineData("transaction.timeout.ms", "60000")]
    public void What_would_fail_with_the_first_command_is_refused_at_the_start(string name, string value)
    {
        Assert.Contains(name, Refusal(("bootstrap.servers", "b:9092"), (name, value)), StringComparison.Ordinal);
    }

    [Fact]
    public void One_property_under_two_spellings_is_refused()
    {
        Assert.Contains("bootstrap.servers is set twice", Refusal(("bootstrap.servers", "b:9092"), ("BOOTSTRAP_SERVERS", "c:9092")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_property_goes_before_the_default_in_every_client()
    {
        var settings = Settings(("bootstrap.servers", "b:9092"), ("session.timeout.ms", "9000"), ("retry.backoff.ms", "7"), ("security_protocol", "ssl"));

        Assert.Equal("9000", settings.Member("g", "c").Get("session.timeout.ms"));
        Assert.Equal(TimeSpan.FromSeconds(9), settings.SessionTimeout);
        Assert.Equal("7", settings.Transactions("t").Get("retry.backoff.ms"));
        Assert.Equal("ssl", settings.Appends().Get("security.protocol"));
    }

    [Fact]
    public void The_new_group_protocol_takes_its_timeouts_from_the_brokers()
    {
        var member = Settings(("bootstrap.servers", "b:9092"), ("group.protocol", "consumer")).Member("g", "c");

        Assert.Null(member.Get("session.timeout.ms"));
        Assert.Null(member.Get("partition.assignment.strategy"));
    }

    [Theory]
    [InlineData("cmdr.handling.1abc.f00", "handling")]
    [InlineData("cmdr.my.own.group.1abc.f00", "my.own.group")]
    [InlineData("rdkafka", null)]
    public void A_members_id_names_its_group(string id, string? group)
    {
        Assert.Equal(group, MemberId.Parse(id)?.Group);
        if (group is not null) Assert.Equal(id, MemberId.Parse(id)!.ToString());
    }

    private static KafkaSettings Settings(params (string Name, string Value)[] properties) => new(properties.Select(property => KeyValuePair.Create(property.Name, (string?)property.Value)));

    private static string Refusal(params (string, string)[] properties) => Assert.Throws<SettingException>(() => Settings(properties)).Message;
}
