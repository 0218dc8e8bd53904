using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Cmdr.Handling.Tests;

public sealed class AnswerTests
{
    private readonly Desk desk = new();

    [Fact]
    public async Task Every_event_of_a_command_is_recorded_in_order_and_the_last_says_that_it_completed()
    {
        await desk.Start();

        var answers = await desk.Handle(Desk.Command(new Add("a", 1, 2, 3)));

        Assert.Equal([1, 2, 3], answers.Select(answer => ((Added)Codec.Decode(answer.Data.Span, typeof(Added))).Amount));
        Assert.Equal([1L, 2, 3], answers.Select(answer => answer.Sequence!.Value));
        Assert.Equal([null, null, Outcome.Completed], answers.Select(answer => answer.Outcome));
    }

    [Fact]
    public async Task An_answer_says_which_command_it_answers_and_copies_whose_it_is()
    {
        await desk.Start();
        await desk.Handle(Desk.Command(new Add("a", 1)));
        var command = Desk.Envelope(new Add("a", 2, 3)) with { Saga = "transfer/t1", TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

        var answers = await desk.Handle(CloudEventBinding.Write(command));

        Assert.All(answers, answer =>
        {
            Assert.Equal(1, answer.CommandOffset);
            Assert.Equal(command.Id, answer.CausationId);
            Assert.Equal((command.CorrelationId, command.Actor, command.Saga), (answer.CorrelationId, answer.Actor, answer.Saga));
            Assert.Equal(command.Subject, answer.Subject);
            Assert.Equal(command.TraceParent, answer.TraceParent);
        });
        Assert.Equal([Convert.ToHexStringLower(SHA256.HashData(command.Data.Span)), null], answers.Select(answer => answer.CommandHash));
        Assert.Equal([DerivedId.Of(command.Subject, command.Id, 1, 0), DerivedId.Of(command.Subject, command.Id, 1, 1)], answers.Select(answer => answer.Id));
    }

    [Fact]
    public async Task A_refusal_is_recorded_with_its_code_and_changes_no_version()
    {
        await desk.Start();

        var answers = await desk.Handle(Desk.Command(new Forbid("a", "no-go", "Not today.")), Desk.Command(new Add("a", 1)));

        Assert.Equal("command-refused", answers[0].Type);
        Assert.Equal("""{"code":"no-go","message":"Not today."}""", Encoding.UTF8.GetString(answers[0].Data.Span));
        Assert.Equal((Outcome.Refused, null), (answers[0].Outcome, answers[0].Sequence));
        Assert.Equal(1, answers[1].Sequence);
    }

    [Fact]
    public async Task A_command_from_which_nothing_follows_is_completed_by_a_record_of_its_own()
    {
        await desk.Start();

        var answer = Assert.Single(await desk.Handle(Desk.Command(new Add("a"))));

        Assert.Equal(("command-completed", Outcome.Completed, null), (answer.Type, answer.Outcome, answer.Sequence));
        Assert.NotNull(answer.CommandHash);
    }

    [Fact]
    public async Task The_decision_has_the_time_of_the_stamp_and_its_records_never_go_backwards_in_a_partition()
    {
        await desk.Start();
        await desk.Handle(Desk.Command(new Add("a", 1), time: Desk.Noon.AddMinutes(5)));
        await desk.Start();

        var answer = Assert.Single(await desk.Handle(Desk.Command(new Add("a", 2), time: Desk.Noon)));

        Assert.Equal(Desk.Noon.AddMinutes(5), answer.Time);
        Assert.Equal(Desk.Noon, ((Added)Codec.Decode(answer.Data.Span, typeof(Added))).At);
    }

    [Fact]
    public async Task Deciding_a_slice_again_after_an_abort_gives_the_same_bytes()
    {
        await desk.Start();
        await desk.Append([.. Enumerable.Range(0, 20).Select(i => Desk.Command(i % 3 == 0 ? new Forbid($"a{i % 5}", "no") : new Add($"a{i % 5}", i, i)))]);
        var slice = await desk.Next();
        desk.Owner.Handle(slice);
        var first = Text(slice);

        await desk.Owner.Aborted(slice, TestContext.Current.CancellationToken);
        desk.Owner.Handle(slice);

        Assert.Equal(first, Text(slice));
        Assert.NotEmpty(first);
    }

    private static List<string> Text(Slice slice) =>
        [.. slice.Outputs.Select(output => string.Join('\n', output.Record.Headers.Select(header => $"{header.Name}={Encoding.UTF8.GetString(header.Value.Span)}")
            .Append(Encoding.UTF8.GetString(output.Record.Value.Span))))];
}
