using System.Text;
using CsCheck;
using Xunit;

namespace Cmdr.Handling.Tests;

public sealed class RestoreTests
{
    private static readonly Gen<LogRecord> Commands = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 8], Gen.Int[0, 30], Gen.Int[-5, 40], (subject, kind, id, minutes) =>
    {
        TallyCommand command = kind switch
        {
            0 => new Forbid($"a{subject}", "no"),
            1 => new Add($"a{subject}"),
            2 => new Add($"a{subject}", 1, id),
            _ => new Add($"a{subject}", kind),
        };
        return Desk.Command(command, new(id, 1, 2, new byte[8]), Desk.Noon.AddMinutes(minutes));
    });

    /// <summary>Slices of any size, aborts and restarts at any point: the log is the same as that of one owner who was never disturbed.</summary>
    [Fact]
    public async Task Aborts_and_restarts_leave_no_trace_on_the_log() =>
        await Gen.Select(Commands.Array[1, 120], Gen.Select(Gen.Int[1, 15], Gen.Int[0, 5]).Array[1, 200]).SampleAsync(
            async (commands, steps) =>
            {
                var undisturbed = await new Desk().Start();
                await undisturbed.Append(commands);
                var whole = await undisturbed.Next();
                undisturbed.Owner.Handle(whole);
                await undisturbed.Commit(whole);

                var disturbed = await new Desk().Start();
                await disturbed.Append(commands);
                foreach (var (size, what) in steps) await Step(disturbed, size, what);
                await Step(disturbed, int.MaxValue, 5);

                Assert.Equal(Text(await undisturbed.All(Topics.Events)), Text(await disturbed.All(Topics.Events)));
            },
            iter: 60);

    [Fact]
    public async Task Only_what_the_group_forgot_is_taken_from_the_answers()
    {
        var desk = await new Desk().Start();
        await desk.Handle(Desk.Command(new Add("a", 1)), Desk.Command(new Add("a", 2)));

        await desk.Start(fromGroup: false);

        Assert.Empty((await desk.Next()).Records);
        Assert.Equal(3, Assert.Single(await desk.Handle(Desk.Command(new Add("a", 3)))).Sequence);
    }

    [Fact]
    public async Task Events_of_foreign_processes_are_not_folded()
    {
        var desk = await new Desk().Start();
        await desk.Handle(Desk.Command(new Add("a", 1)));
        var foreign = Desk.Envelope(new Add("a", 1)) with { Type = "added", Data = Codec.Encode(new Added(100, Desk.Noon)) };
        await desk.Log.Append(Topics.Events, [CloudEventBinding.Write(foreign), new("a"u8.ToArray(), default, [])], TestContext.Current.CancellationToken);

        await desk.Start();

        Assert.Equal(2, Assert.Single(await desk.Handle(Desk.Command(new Add("a", 1)))).Sequence);
    }

    [Fact]
    public void A_record_that_was_put_on_a_wrong_partition_answers_no_command_of_that_partition()
    {
        var home = Murmur2.Partition("tally/a"u8, Desk.Partitions);
        var partition = new CommandPartition((home + 1) % Desk.Partitions, Desk.Partitions, DeciderEngine.Of(Desk.Catalog));
        var copy = Desk.Envelope(new Add("a", 1)) with { Type = "added", Sequence = 1, CommandOffset = 7, Data = Codec.Encode(new Added(1, Desk.Noon)) };

        Assert.False(partition.Restore(new(new(Topics.Events, (home + 1) % Desk.Partitions, 0), CloudEventBinding.Write(copy))));
        Assert.Equal(0, partition.Answered);
    }

    [Theory]
    [InlineData("added", 3, "its sequence is 3, and that of the event before it 1")]
    [InlineData("gone", 2, "no decider of 'tally' on this host knows the type 'gone'")]
    public async Task A_subject_that_cannot_be_restored_stops_its_partition_at_its_next_command(string type, long sequence, string reason)
    {
        var desk = await new Desk().Start();
        await desk.Handle(Desk.Command(new Add("a", 1)), Desk.Command(new Add("b", 1)));
        var wrong = Desk.Envelope(new Add("a", 1)) with { Type = type, Sequence = sequence, CommandOffset = 0, Data = Codec.Encode(new Added(1, Desk.Noon)) };
        await desk.Log.Append(Topics.Events, [CloudEventBinding.Write(wrong)], TestContext.Current.CancellationToken);

        await desk.Start();
        await desk.Append(Desk.Command(new Add("a", 1)));
        var slice = await desk.Next();
        desk.Owner.Handle(slice);
        await desk.Commit(slice);

        Assert.Empty(slice.Outputs);
        Assert.Contains(reason, (await desk.Health()).Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_on_a_partition_where_its_key_does_not_belong_is_neither_folded_nor_an_answer()
    {
        var record = CloudEventBinding.Write(Desk.Envelope(new Add("a", 1)) with { Sequence = 1, CommandOffset = 9 });
        var partition = new CommandPartition((Murmur2.Partition(record.Key.Span, Desk.Partitions) + 1) % Desk.Partitions, Desk.Partitions, DeciderEngine.Of(Desk.Catalog));

        Assert.False(partition.Restore(new(new(Topics.Events, 0, 0), record)));
        Assert.Equal(0, partition.Answered);
    }

    private static async Task Step(Desk desk, int size, int what)
    {
        if (what == 0)
        {
            await desk.Start();
            return;
        }

        var slice = await desk.Next(size);
        desk.Owner.Handle(slice);
        if (what == 1) await desk.Owner.Aborted(slice, CancellationToken.None);
        else await desk.Commit(slice);
    }

    private static List<string> Text(IEnumerable<LoggedRecord> records) => [.. records.Select(logged =>
        $"{logged.Position} {string.Join(' ', logged.Record.Headers.Select(header => Encoding.UTF8.GetString(header.Value.Span)))} {Encoding.UTF8.GetString(logged.Record.Value.Span)}")];
}
