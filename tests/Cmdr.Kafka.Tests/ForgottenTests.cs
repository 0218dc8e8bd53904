using System.Text;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>Transactions whose ends a broker forgot when it crashed, and the records by which they are ended.</summary>
public sealed class ForgottenTests(LoneBroker broker) : IClassFixture<LoneBroker>, IAsyncDisposable
{
    private readonly Site site = new(broker.Server);
    private readonly string suffix = Guid.NewGuid().ToString("n")[..8];

    private string Input => $"in-{suffix}";

    private string Output => $"out-{suffix}";

    /// <summary>Where a record of the key "key" goes.</summary>
    private Confluent.Kafka.TopicPartition Consumed => new(Input, Murmur2.Partition("key"u8, 4));

    private LogGroup Group => new($"group-{suffix}", [Input], PositionKeeping.WithOutputs);

    /// <summary>Fencing its author ends nothing: no coordinator knows that there is anything to end. Whether it was committed the group's position tells.</summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData("no position", false)]
    [InlineData("2", false)]
    [InlineData("1", true)]
    public async Task What_the_brokers_have_forgotten_is_ended_by_the_next_owner_as_the_position_says(string? position, bool isCommitted)
    {
        var log = await site.Open();
        await log.Append(Output, [Site.Record("key", "before")], Site.Cancelled);
        await log.Append(Input, [Site.Record("key", "consumed")], Site.Cancelled);
        await site.Stand(Group.Name, Consumed, 1);
        var author = new MemberId(Group.Name, "0", "forgotten").ToString();
        await Forget(author, position is null ? null : $"{Consumed.Topic}/{Consumed.Partition.Value}:{position}");
        (await site.Opened(author)).Dispose();
        var reading = Site.Values(log, Output);
        await Assert.ThrowsAsync<TimeoutException>(() => reading.WaitAsync(TimeSpan.FromSeconds(2), Site.Cancelled));

        site.Consume(log, Group, new NotingConsumer(Output));
        string[] found = isCommitted ? ["before", "forgotten"] : ["before"];
        Assert.Equal(found, (await reading).Order());
        await log.Append(Input, [.. Enumerable.Range(0, 20).Select(n => Site.Record($"key {n}", "after"))], Site.Cancelled);
        Assert.InRange((await Values(found.Length + 1)).Count(value => value == "after"), 1, 20);
        Assert.DoesNotContain("", await Values(found.Length + 1));
    }

    /// <summary>Its author committed it, as the brokers told it, and went on; whoever restores from the topic would wait for ever.</summary>
    [Fact]
    public async Task What_the_brokers_have_forgotten_of_a_member_that_lives_is_ended_once_they_must_have_ended_it()
    {
        var log = await site.Open();
        await log.Append(Output, [Site.Record("key", "before")], Site.Cancelled);
        await log.Append(Input, [Site.Record("key", "consumed")], Site.Cancelled);
        await site.Stand(Group.Name, Consumed, 1);
        var id = new MemberId(Group.Name, MemberId.New(Group).Kind, "lives").ToString();
        await Forget(id, $"{Consumed.Topic}/{Consumed.Partition.Value}:1");
        using var member = await site.Member(Group.Name, id);
        member.Subscribe(Input);
        await Site.Until(() => member.Consume(TimeSpan.FromMilliseconds(50)) is null && member.Assignment.Count == 4, "it is a member");

        var restoring = new NotingConsumer(Output) { Restore = async () => Assert.Equal(["before", "forgotten"], (await Site.Values(log, Output)).Order()) };
        site.Consume(log, Group, restoring);
        await Site.Until(() => member.Consume(TimeSpan.FromMilliseconds(50)) is null && restoring.Assignments > 0, "another has restored");
        member.Close();
    }

    [Fact]
    public async Task A_record_that_only_ends_a_transaction_is_none_for_any_reader_of_the_log()
    {
        var log = await site.Open();
        await log.Append(Input, [Site.Record("key", "first")], Site.Cancelled);
        using (var producer = await site.Opened("ends"))
        {
            producer.BeginTransaction();
            producer.Produce(Consumed, WireRecord.End("ends"u8.ToArray()));
            producer.CommitTransaction(TimeSpan.FromSeconds(10));
        }

        await log.Append(Input, [Site.Record("key", "second")], Site.Cancelled);
        site.Consume(log, Group, new NotingConsumer(Output));

        Assert.Equal(["first", "second"], await Values(2));
        Assert.Equal(["first", "second"], await Site.Values(log, Input));
        var at = await log.ReadAt([.. Enumerable.Range(0, 4).Select(offset => new Position(Input, Consumed.Partition.Value, offset))], Site.Cancelled);
        Assert.Equal(["first", null, null, "second"], at.Select(found => found is null ? null : Encoding.UTF8.GetString(found.Record.Value.Span)));
    }

    public ValueTask DisposeAsync() => site.DisposeAsync();

    /// <summary>Leaves a record on the output that no coordinator knows of.</summary>
    private async Task Forget(string author, string? position)
    {
        const string Verification = "transaction.partition.verification.enable";
        (await site.Opened(author)).Dispose();
        await site.Set(Verification, "false");
        try
        {
            // A broker answers that it has a new setting, and takes it up a little later.
            var server = await broker.Server.Started();
            await Site.Until(() => ForgottenTransaction.TryLeave(server, author, Output, "forgotten", position, Site.Cancelled), "the broker takes it");
        }
        finally
        {
            await site.Set(Verification, "true");
        }
    }

    private Task<List<string>> Values(int count) => site.Values(Output, count);
}
