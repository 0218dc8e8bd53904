using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>Transactions that somebody left open, and what the log's own leave on the topics.</summary>
public sealed class TransactionTests(LoneBroker broker) : IClassFixture<LoneBroker>, IAsyncDisposable
{
    private readonly Site site = new(broker.Server);
    private readonly string suffix = Guid.NewGuid().ToString("n")[..8];

    private string Input => $"in-{suffix}";

    private string Output => $"out-{suffix}";

    private LogGroup Group => new($"group-{suffix}", [Input], PositionKeeping.WithOutputs);

    [Fact]
    public async Task What_dead_members_left_open_is_ended_by_the_next_owner()
    {
        var log = await site.Open();
        await log.Append(Output, [Site.Record("key", "before")], Site.Cancelled);
        using var first = await site.LeaveOpen(new MemberId(Group.Name, "0", "dead").ToString(), Output, "never");
        using var second = await site.LeaveOpen(new MemberId(Group.Name, "0", "dead-too").ToString(), Output, "nor this");

        var began = Stopwatch.GetTimestamp();
        var heir = new NotingConsumer(Output);
        site.Consume(log, Group, heir);
        await Site.Until(() => heir.Assignments > 0, "the partitions are taken over");
        await log.Append(Input, [Site.Record("key", "after")], Site.Cancelled);
        Assert.Equal(["after", "before"], (await Values(2)).Order());

        // The brokers themselves would have waited for the transaction's time, a minute here.
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.All([first, second], left => Assert.Equal(ErrorCode.Local_Fenced, Assert.ThrowsAny<KafkaException>(() => left.CommitTransaction(TimeSpan.FromSeconds(10))).Error.Code));
    }

    /// <summary>Before its first record nobody can tell whose a transaction is, so it must hold nobody up.</summary>
    [Fact]
    public async Task Who_died_between_the_first_position_and_the_first_record_holds_nobody_up()
    {
        var log = await site.Open();
        await log.Append(Input, [Site.Record("key", "in")], Site.Cancelled);
        using var gone = await site.Begin(new MemberId(Group.Name, "0", "gone").ToString(), Group.Name, Topics.Parked);

        var began = Stopwatch.GetTimestamp();
        site.Consume(log, Group, new NotingConsumer(Output));
        Assert.Equal(["in"], await Values(1));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        gone.AbortTransaction(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task What_a_member_that_lives_has_open_is_left_alone()
    {
        var log = await site.Open();
        await log.Append(Output, [Site.Record("key", "before")], Site.Cancelled);
        await log.Append(Input, [Site.Record("key", "in")], Site.Cancelled);
        var id = new MemberId(Group.Name, MemberId.New(Group).Kind, "lives").ToString();
        using var member = await site.Member(Group.Name, id);
        member.Subscribe(Input);
        await Site.Until(() => member.Consume(TimeSpan.FromMilliseconds(50)) is null && member.Assignment.Count == 4, "it is a member");
        using var producer = await site.LeaveOpen(id, Output, "its own");

        var joins = new NotingConsumer(Output);
        site.Consume(log, Group, joins);
        await Site.Until(() => member.Consume(TimeSpan.FromMilliseconds(50)) is null && joins.Assignments > 0, "another has joined");
        producer.CommitTransaction(TimeSpan.FromSeconds(10));

        Assert.Contains("its own", await Values(2));
        member.Close();
    }

    [Fact]
    public async Task The_author_of_a_transaction_is_on_its_records_and_no_reader_of_the_log_sees_it()
    {
        var log = await site.Open();
        await log.Append(Input, [Site.Record("key", "value")], Site.Cancelled);
        site.Consume(log, Group, new NotingConsumer(Output));
        await Values(1);

        var position = new Position(Output, Murmur2.Partition("key"u8, 4), 0);
        var record = (await log.ReadAt([position], Site.Cancelled))[0];
        Assert.Equal(["ce_id"], record!.Record.Headers.Select(header => header.Name));
        using var raw = await site.Member($"raw-{suffix}", "raw");
        raw.Assign(new Confluent.Kafka.TopicPartitionOffset(Output, position.Partition, 0));
        var wire = raw.Consume(TimeSpan.FromSeconds(20));
        Assert.Equal(Group.Name, MemberId.Parse(System.Text.Encoding.UTF8.GetString(wire.Message.Headers.GetLastBytes(WireRecord.TransactionHeader)))!.Group);
    }

    [Fact]
    public async Task A_slice_that_takes_longer_than_the_library_allows_is_consumed_once()
    {
        var log = await site.Open(4, ("max.poll.interval.ms", "6000"));
        await log.Append(Input, [Site.Record("key", "slow")], Site.Cancelled);
        var slow = new NotingConsumer(Output) { Before = _ => Task.Delay(TimeSpan.FromSeconds(9), Site.Cancelled) };
        site.Consume(log, Group, slow);

        await Site.Until(() => !slow.Values.IsEmpty, "the slice is committed");

        Assert.Equal((0, 0), (slow.Aborted, slow.Lost));
        Assert.Equal(["slow"], await Values(1));
    }

    /// <summary>Others wait for who takes over, and opening takes the brokers a while.</summary>
    [Fact]
    public async Task Who_joins_has_opened_its_transactions_before_it_is_given_anything()
    {
        var log = await site.Open();
        await log.Append(Input, [Site.Record("key", "in")], Site.Cancelled);
        IReadOnlyList<string>? opened = null;
        site.Consume(log, Group, new NotingConsumer(Output) { Restore = async () => opened ??= await site.TransactionalIds() });

        Assert.Equal(["in"], await Values(1));

        Assert.Single(opened!, id => MemberId.Parse(id)?.Group == Group.Name);
    }

    [Fact]
    public async Task A_generation_that_comes_while_the_records_of_a_transaction_are_written_does_not_undo_them()
    {
        using var member = await Joined();
        var earlier = GroupGeneration.Of(member.ConsumerGroupMetadata);
        using var second = await site.Member(Group.Name, "second");

        try
        {
            Assert.Equal(CommitOutcome.Committed, await Commit(() =>
            {
                second.Subscribe(Input);
                Assert.True(SpinWait.SpinUntil(() => GroupGeneration.Of(member.ConsumerGroupMetadata).Continues(earlier with { Number = earlier.Number + 1 }), TimeSpan.FromSeconds(60)), "The next generation has come.");
                return member.ConsumerGroupMetadata;
            }));
        }
        finally
        {
            // Disposed of as it is, it would wait for ever to be told what goes.
            member.Close();
            second.Close();
        }

        Assert.Equal(["after", "before"], (await Values(2)).Order());
    }

    [Fact]
    public async Task Who_is_expelled_while_the_records_of_its_transaction_are_written_is_refused()
    {
        using var member = await Joined();
        var known = member.ConsumerGroupMetadata;
        using var admin = await site.Admin();

        var outcome = await Commit(() =>
        {
            Expulsion.Of(admin, Group.Name, new(Input, 0), Site.Cancelled).GetAwaiter().GetResult();
            return known;
        });

        Assert.Equal(CommitOutcome.Fenced, outcome);
        Assert.Equal(["before"], await Values(1));
    }

    [Theory]
    [InlineData(4, "other", false)]
    [InlineData(-1, "", false)]
    [InlineData(5, "", false)]
    [InlineData(4, "member", true)]
    [InlineData(5, "member", true)]
    [InlineData(6, "member", false)]
    public void A_member_goes_on_as_of_the_next_generation_only(int number, string member, bool goesOn) => Assert.Equal(goesOn, new GroupGeneration(number, member).Continues(new(4, "member")));

    [Fact]
    public async Task A_transaction_that_follows_another_at_once_asks_again_as_the_settings_say()
    {
        // The library's own pause of 20 ms, for partitions, would be far below this one, which is for positions.
        const double Pause = 0.2;
        var group = Group with { MaxSliceRecords = 1 };
        var seconds = new ConcurrentQueue<double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name == "cmdr.log.commit") listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((_, measured, tags, _) => { if (tags.Contains(new("group", group.Name))) seconds.Enqueue(measured); });
        listener.Start();
        var log = await site.Open(4, ("retry.backoff.ms", $"{Pause * 1000}"));
        await log.Append(Input, [.. Enumerable.Range(0, 40).Select(n => Site.Record($"key {n}", $"{n}"))], Site.Cancelled);

        site.Consume(log, group, new NotingConsumer(Output));
        await Values(40);
        await Site.Until(() => seconds.Count == 40, "all commits are measured");

        // The library shortens a pause by a fifth at most.
        Assert.InRange(seconds.Count(time => time > Pause / 2), 5, 40);
    }

    /// <summary>Its end may have undone what was committed before, so that the consumer must learn from the log what is there.</summary>
    [Fact]
    public async Task Whose_transaction_did_not_end_in_its_time_joins_anew_and_consumes_again()
    {
        var log = await site.Open();
        await log.Append(Input, [Site.Record("key", "first")], Site.Cancelled);
        var isAway = false;
        var consumer = new NotingConsumer(Output)
        {
            Before = async slice =>
            {
                if (slice.Records[0].Position.Offset == 0 || Volatile.Read(ref isAway)) return;
                await broker.Server.Pause(1, Site.Cancelled);
                Volatile.Write(ref isAway, true);
            },
        };
        var consuming = log.Consume(Group, consumer, Site.Cancelled);
        Assert.Equal(["first"], await Values(1));
        await log.Append(Input, [Site.Record("key", "second")], Site.Cancelled);
        try
        {
            await Site.Until(() => Volatile.Read(ref isAway), "the broker is away before the slice is committed");
            await Task.Delay(KafkaSettings.TransactionTimeout + TimeSpan.FromSeconds(3), Site.Cancelled);
        }
        finally
        {
            await broker.Server.Resume(1, Site.Cancelled);
        }

        var end = await Assert.ThrowsAsync<LogException>(() => consuming.WaitAsync(TimeSpan.FromSeconds(60), Site.Cancelled));
        Assert.Contains("joins anew", end.Message, StringComparison.Ordinal);
        site.Consume(log, Group, new NotingConsumer(Output));
        Assert.Equal(["first", "second"], await Values(2));
    }

    [Fact]
    public async Task An_append_that_is_under_way_when_its_log_is_closed_is_answered()
    {
        var log = await site.Open();
        await log.Append(Input, [Site.Record("key", "before")], Site.Cancelled);
        await broker.Server.Pause(1, Site.Cancelled);
        try
        {
            var appending = log.Append(Input, [Site.Record("key", "on its way")], Site.Cancelled);
            await log.DisposeAsync();

            var unknown = await Assert.ThrowsAsync<LogException>(() => appending.WaitAsync(TimeSpan.FromSeconds(20), Site.Cancelled));
            Assert.Contains("unknown whether the log appended", unknown.Message, StringComparison.Ordinal);
        }
        finally
        {
            await broker.Server.Resume(1, Site.Cancelled);
        }
    }

    public ValueTask DisposeAsync() => site.DisposeAsync();

    /// <summary>A member of the group that owns the four partitions of its input; there is a record on its output.</summary>
    private async Task<IConsumer<byte[], byte[]>> Joined()
    {
        var log = await site.Open();
        await log.Append(Input, [Site.Record("key", "in")], Site.Cancelled);
        await log.Append(Output, [Site.Record("key", "before")], Site.Cancelled);
        var member = await site.Member(Group.Name, "member");
        member.Subscribe(Input);
        await Site.Until(() => member.Consume(TimeSpan.FromMilliseconds(50)) is null && member.Assignment.Count == 4, "it is a member");
        return member;
    }

    /// <summary>Commits a record and the position after another, with whoever it is once the record is written.</summary>
    private async Task<CommitOutcome> Commit(Func<IConsumerGroupMetadata> whoOnceWritten)
    {
        var (log, parts) = (await site.Open(), await site.Parts());
        using var transaction = new OutputTransaction(parts, await log.Describe(Site.Cancelled), Group, new(parts, MemberId.New(Group), Site.Cancelled));
        using var anyone = await site.Uncommitted();
        var place = new Confluent.Kafka.TopicPartition(Output, Murmur2.Partition("key"u8, 4));
        return transaction.Commit([new(Output, Site.Record("key", "after"))], [new(Input, place.Partition, 1)], null, () =>
        {
            Assert.Equal(2, anyone.QueryWatermarkOffsets(place, TimeSpan.FromSeconds(10)).High.Value);
            return whoOnceWritten();
        });
    }

    private Task<List<string>> Values(int count) => site.Values(Output, count);
}
