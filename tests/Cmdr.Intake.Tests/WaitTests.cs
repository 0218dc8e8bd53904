using Cmdr.Ledger;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Cmdr.Intake.Tests;

public sealed class WaitTests
{
    private static readonly Submission Deposit = Submission.Of(new Deposit("a1", 5), Guid.Parse("0198c0de-0000-7000-8000-000000000001"));

    [Fact]
    public async Task Completed_ends_at_the_outcome_with_all_events()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, _) => [record.Event(new Deposited(5, "EUR"), 0, outcome: null), record.Event(new Deposited(6, "EUR"), 1, sequence: 2)]);
        var receipt = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((Status.Completed, false, false), (receipt.Status, receipt.TimedOut, receipt.Repeated));
        Assert.Equal([1, 2], receipt.Events.Select(e => e.Envelope.Sequence));
        Assert.Equal(receipt.Events[1].Position, receipt.Position);
        Assert.Equal(0, host.Waiting);
    }

    [Fact]
    public async Task A_refusal_is_data()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, _) => [record.Refused("not-open")]);
        var receipt = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((Status.Refused, new Refusal("not-open", "no")), (receipt.Status, receipt.Refusal));
        Assert.Empty(receipt.Events);
    }

    [Fact]
    public async Task A_command_of_which_nothing_follows_is_completed_without_events()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, _) => [record.Event(new CommandCompleted())]);
        var receipt = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((Status.Completed, 0), (receipt.Status, receipt.Events.Count));
    }

    [Fact]
    public async Task An_answer_that_is_read_before_the_append_returns_is_not_missed()
    {
        var log = new HeldLog();
        log.Hold();
        await using var host = await IntakeHost.Start(log);
        host.Answering((record, _) => [record.Event(new Deposited(5, "EUR"))]);
        var submitting = host.Submit(Wait.Completed, Deposit);
        await log.Held.WaitAsync(TestContext.Current.CancellationToken);
        await host.Until(() => host.Read >= 1);
        Assert.False(submitting.IsCompleted);
        log.Release();
        Assert.Equal(Status.Completed, Assert.Single((await submitting).Receipts).Status);
    }

    [Fact]
    public async Task A_record_that_only_looks_like_an_answer_disturbs_nobody()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, _) =>
        [
            record.Repeated(new(0, Outcome.Completed)) with { Data = "[]"u8.ToArray() },
            record.Event(new Deposited(1, "EUR")) with { CommandOffset = record.Position.Offset + 1 },
            record.Event(new Deposited(2, "EUR")) with { CommandOffset = null },
            record.Event(new Deposited(3, "EUR"), 1),
        ]);
        var receipt = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((Status.Completed, false), (receipt.Status, receipt.Repeated));
        Assert.Equal(new Deposited(3, "EUR"), Codec.Decode(Assert.Single(receipt.Events).Envelope.Data.Span, typeof(Deposited)));
    }

    [Fact]
    public async Task Health_says_when_the_log_has_told_nothing_for_long()
    {
        var log = new HeldLog { IsMute = true };
        await using var host = await IntakeHost.Start(log);
        host.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status); // nobody has asked for an answer
        await host.Listen();
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status);
        host.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HealthStatus.Unhealthy, (await host.Health()).Status);
    }

    [Fact]
    public async Task A_wait_that_runs_out_is_a_receipt_and_the_clock_decides()
    {
        await using var host = await IntakeHost.Start();
        var submitting = host.Submit(Wait.Completed, Deposit);
        await host.Until(() => host.Waiting > 0);
        await host.Until(() => submitting.IsCompleted, TimeSpan.FromSeconds(1));
        var receipt = Assert.Single((await submitting).Receipts);
        Assert.Equal((Status.Logged, true), (receipt.Status, receipt.TimedOut));
        Assert.Single(await host.Commands());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(long.MinValue)]
    public async Task A_timeout_of_nothing_or_less_answers_what_is_known_at_once(long ticks)
    {
        await using var host = await IntakeHost.Start();
        var submitted = await host.Intake.Submit([Deposit], new() { Timeout = TimeSpan.FromTicks(ticks) }, TestContext.Current.CancellationToken);
        Assert.True(Assert.Single(submitted.Receipts).TimedOut);
    }

    [Fact]
    public async Task A_timeout_beyond_the_longest_is_the_longest()
    {
        await using var host = await IntakeHost.Start();
        var submitting = host.Intake.Submit([Deposit], new() { Timeout = TimeSpan.MaxValue }, TestContext.Current.CancellationToken);
        await host.Until(() => host.Waiting > 0);
        var from = host.Time.GetUtcNow();
        await host.Until(() => submitting.IsCompleted, TimeSpan.FromSeconds(10));
        Assert.True(Assert.Single((await submitting).Receipts).TimedOut);
        Assert.True(host.Time.GetUtcNow() - from >= TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Of_many_commands_each_gets_its_own_answer_and_those_without_one_time_out()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, command) => command.Subject.Id == "a2" ? [] : [record.Event(new Deposited(5, command.Subject.Id))]);
        var submitting = host.Submit(Wait.Completed, [.. Enumerable.Range(1, 3).Select(i => Submission.Of(new Deposit($"a{i}", 5)))]);
        await host.Until(() => host.Read >= 2);
        await host.Until(() => submitting.IsCompleted, TimeSpan.FromSeconds(1));
        var receipts = (await submitting).Receipts;
        Assert.Equal([Status.Completed, Status.Logged, Status.Completed], receipts.Select(receipt => receipt.Status));
        Assert.Equal([false, true, false], receipts.Select(receipt => receipt.TimedOut));
        Assert.All(receipts.SelectMany(receipt => receipt.Events.Select(e => (e, receipt))), x => Assert.Equal(x.receipt.Subject, x.e.Envelope.Subject));
    }

    [Fact]
    public async Task Answers_are_read_from_the_first_wait_on()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, _) => [record.Event(new Deposited(5, "EUR"))]);
        await host.Submit(Wait.Logged, Deposit);
        Assert.False(host.IsListening);
        Assert.Equal(Status.Completed, Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts).Status);
        Assert.True(host.IsListening);
    }

    [Fact]
    public async Task Waits_are_answered_again_after_the_log_was_recreated()
    {
        var log = new HeldLog();
        await using var host = await IntakeHost.Start(log);
        await host.Listen();
        var before = host.ReadLog;
        log.Recreate();
        await host.Until(() => host.ReadLog != before, TimeSpan.FromSeconds(1));

        host.Answering((record, _) => [record.Event(new Deposited(5, "EUR"))]);
        Assert.Equal(Status.Completed, Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts).Status);
    }

    [Fact]
    public async Task Thousands_of_waits_at_once_are_all_answered_with_their_own()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, command) => [record.Event(new Deposited(((Deposit)Codec.Decode(command.Data.Span, typeof(Deposit))).Amount, "EUR"))]);
        var submitted = await Task.WhenAll(Enumerable.Range(1, 3000).Select(i => Task.Run(() => host.Submit(Wait.Completed, Submission.Of(new Deposit($"a{i % 50}", i))))));
        var amounts = submitted.Select(x => ((Deposited)Codec.Decode(Assert.Single(Assert.Single(x.Receipts).Events).Envelope.Data.Span, typeof(Deposited))).Amount);
        Assert.Equal(Enumerable.Range(1, 3000).Select(i => (decimal)i), amounts);
        Assert.Equal(0, host.Waiting);
    }
}
