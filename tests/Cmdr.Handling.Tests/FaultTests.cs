using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Cmdr.Handling.Tests;

public sealed class FaultTests
{
    private readonly Desk desk = new();

    [Fact]
    public async Task A_decider_that_throws_stops_its_partition_only_and_goes_on_from_there_once_it_is_mended()
    {
        var (broken, other) = (OnPartition(0), OnPartition(1));
        Tally.Broken[broken] = true;
        await desk.Start();
        await desk.Append(
            Desk.Command(new Add(broken, 1)), Desk.Command(new Trip(broken)), Desk.Command(new Add(broken, 2)), Desk.Command(new Add(other, 1)), Desk.Command(new Add(other, 2)));

        await HandleAll();

        Assert.Equal([(broken, 1L), (other, 1), (other, 2)], (await desk.Events()).Select(e => (e.Subject.Id, e.Sequence!.Value)));
        var health = await desk.Health();
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Matches($"^commands/0 is stopped at commands/0/1: the command 'trip' \\(.*\\) of 'tally/{broken}' cannot be decided: InvalidOperationException: the wire is down$", health.Description);

        Tally.Broken.Remove(broken, out _);
        await desk.Start();
        await HandleAll();

        Assert.Equal(["added", "tripped", "added"], (await desk.Events()).Where(e => e.Subject.Id == broken).Select(e => e.Type));
        Assert.Equal(HealthStatus.Healthy, (await desk.Health()).Status);
    }

    [Fact]
    public async Task A_fault_of_an_aborted_slice_is_told_when_it_is_committed_and_not_before()
    {
        var broken = OnPartition(0);
        Tally.Broken[broken] = true;
        await desk.Start();
        await desk.Append(Desk.Command(new Trip(broken)));
        var slice = await desk.Next();
        desk.Owner.Handle(slice);
        await desk.Owner.Aborted(slice, TestContext.Current.CancellationToken);
        Assert.Null(desk.Status.Partitions[0].Fault);

        Tally.Broken.Remove(broken, out _);
        desk.Owner.Handle(slice);
        await desk.Commit(slice);

        Assert.Empty(slice.Held);
        Assert.Equal("tripped", Assert.Single(await desk.Events()).Type);
    }

    public static TheoryData<string, LogRecord> Undecidable()
    {
        var id = OnPartition(2);
        var command = Desk.Envelope(new Add(id, 1));
        return new()
        {
            { "no decider of 'tally' on this host knows its type", CloudEventBinding.Write(command with { Type = "subtract" }) },
            { "its body is not a Add", CloudEventBinding.Write(command with { Data = """{"tally":7}"""u8.ToArray() }) },
            { "its body is not a Add", CloudEventBinding.Write(command with { Data = "{"u8.ToArray() }) },
            { "its body is null", CloudEventBinding.Write(command with { Data = "null"u8.ToArray() }) },
            { $"its body is for 'elsewhere', its key for '{id}'", CloudEventBinding.Write(command with { Data = Codec.Encode(new Add("elsewhere", 1)) }) },
            { "bytes, and the log takes", Desk.Command(new Swell(id, LogRecord.MaxBytes)) },
            { "it is no message of the contract: it has no ce_id", new(command.Subject.Key(), command.Data, []) },
        };
    }

    [Theory]
    [MemberData(nameof(Undecidable), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_be_decided_stays_on_the_log_and_says_why(string reason, LogRecord record)
    {
        await desk.Start();
        await desk.Handle(Desk.Command(new Add(Desk.Read(Desk.Command(new Add(OnPartition(2), 1))).Subject.Id, 1)));
        await desk.Append(record);

        await HandleAll();

        Assert.Single(await desk.Events());
        var fault = (await desk.Health()).Description;
        Assert.StartsWith("commands/2 is stopped at commands/2/1: ", fault, StringComparison.Ordinal);
        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_category_that_no_module_declares_stops_its_partition()
    {
        await desk.Start();
        await desk.Append(CloudEventBinding.Write(Desk.Envelope(new Add("a", 1)) with { Subject = new("order", "a") }));

        await HandleAll();

        Assert.Contains("no module on this host declares a decider of 'order'", (await desk.Health()).Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_on_a_partition_where_its_key_does_not_belong_stops_that_partition()
    {
        await desk.Start();
        var record = Desk.Command(new Add(OnPartition(1), 1));
        var slice = new Slice([new(new(Topics.Commands, 3, 0), record)], new Dictionary<TopicPartition, long> { [new(Topics.Commands, 3)] = 1 }, []);

        desk.Owner.Handle(slice);
        await desk.Commit(slice);

        Assert.Equal(0, slice.Positions[new(Topics.Commands, 3)]);
        Assert.Contains("belongs on partition 1 of 4", (await desk.Health()).Description, StringComparison.Ordinal);
    }

    private static string OnPartition(int partition) => Enumerable.Range(0, int.MaxValue).Select(_ => Guid.CreateVersion7().ToString())
        .First(id => Murmur2.Partition(Encoding.UTF8.GetBytes($"tally/{id}"), Desk.Partitions) == partition);

    private async Task HandleAll()
    {
        var slice = await desk.Next();
        desk.Owner.Handle(slice);
        await desk.Commit(slice);
    }
}
