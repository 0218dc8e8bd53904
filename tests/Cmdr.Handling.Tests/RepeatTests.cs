using Xunit;

namespace Cmdr.Handling.Tests;

public sealed class RepeatTests
{
    private readonly Desk desk = new();
    private readonly Guid id = Guid.CreateVersion7();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_repeat_in_the_same_slice_and_in_a_later_one_changes_nothing_and_quotes_the_first(bool inSameSlice)
    {
        await desk.Start();
        var command = Desk.Command(new Add("a", 1), id);

        var answers = inSameSlice ? await desk.Handle(command, command) : [.. await desk.Handle(command), .. await desk.Handle(command)];

        Assert.Equal(["added", "command-repeated"], answers.Select(answer => answer.Type));
        Assert.Equal(new CommandRepeated(0, Outcome.Completed), Repeat(answers[1]));
        Assert.Equal((null, null, 1L), (answers[1].Outcome, answers[1].Sequence, answers[1].CommandOffset!.Value));
        Assert.Equal(2, Assert.Single(await desk.Handle(Desk.Command(new Add("a", 1)))).Sequence);
    }

    [Fact]
    public async Task A_repeat_is_known_after_a_restart_with_the_refusal_of_the_first()
    {
        await desk.Start();
        var command = Desk.Command(new Forbid("a", "no-go", "Not today."), id);
        await desk.Handle(command);
        await desk.Start();

        Assert.Equal(new CommandRepeated(0, Outcome.Refused, "no-go", "Not today."), Repeat(Assert.Single(await desk.Handle(command))));
    }

    [Fact]
    public async Task A_repeat_of_an_aborted_command_is_no_repeat()
    {
        await desk.Start();
        await desk.Append(Desk.Command(new Add("a", 1), id));
        var slice = await desk.Next();
        desk.Owner.Handle(slice);

        await desk.Owner.Aborted(slice, TestContext.Current.CancellationToken);

        Assert.Equal(["added"], (await desk.Handle()).Select(answer => answer.Type));
    }

    [Fact]
    public async Task An_id_that_comes_with_another_body_is_reused()
    {
        await desk.Start();
        await desk.Handle(Desk.Command(new Add("a", 1), id));
        await desk.Start();

        var answer = Assert.Single(await desk.Handle(Desk.Command(new Add("a", 2), id)));

        Assert.Equal(new CommandRepeated(0, Outcome.Completed, Reused: true), Repeat(answer));
    }

    [Fact]
    public async Task The_same_id_for_another_subject_is_another_command()
    {
        await desk.Start();

        var answers = await desk.Handle(Desk.Command(new Add("a", 1), id), Desk.Command(new Add("b", 1), id));

        Assert.Equal(["added", "added"], answers.Select(answer => answer.Type));
    }

    [Fact]
    public async Task A_repeat_of_a_repeat_quotes_the_first_of_all()
    {
        await desk.Start();
        var command = Desk.Command(new Add("a", 1), id);
        await desk.Handle(command, command);
        await desk.Start();

        Assert.Equal(0, Repeat(Assert.Single(await desk.Handle(command))).First);
    }

    [Theory]
    [InlineData(127, 60, true)]
    [InlineData(128, 60, false)]
    [InlineData(500, 15, true)]
    [InlineData(500, 16, false)]
    public async Task A_command_is_known_among_the_last_128_and_for_15_minutes_whether_restarted_or_not(int later, int minutes, bool known)
    {
        await desk.Start();
        await desk.Handle(Desk.Command(new Add("a", 1), id));
        await desk.Handle([.. Enumerable.Range(0, later).Select(_ => Desk.Command(new Add("a", 1), time: Desk.Noon.AddMinutes(minutes)))]);
        await desk.Append(Desk.Command(new Add("a", 1), id, Desk.Noon.AddMinutes(minutes)));
        var slice = await desk.Next();

        desk.Owner.Handle(slice);
        var undisturbed = Desk.Read(Assert.Single(slice.Outputs).Record).Type;
        await desk.Start();
        desk.Owner.Handle(slice);
        var restarted = Desk.Read(Assert.Single(slice.Outputs).Record).Type;

        Assert.Equal(known ? "command-repeated" : "added", undisturbed);
        Assert.Equal(undisturbed, restarted);
    }

    private static CommandRepeated Repeat(Envelope answer) => (CommandRepeated)Codec.Decode(answer.Data.Span, typeof(CommandRepeated));
}
