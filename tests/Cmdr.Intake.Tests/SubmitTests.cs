using System.Diagnostics;
using System.Text;
using Cmdr.Ledger;
using Xunit;

namespace Cmdr.Intake.Tests;

public sealed class SubmitTests
{
    [Fact]
    public async Task A_command_is_stamped_and_appended_and_its_receipt_says_where()
    {
        await using var host = await IntakeHost.Start();
        var id = Guid.CreateVersion7();
        var receipt = Assert.Single((await host.Submit(Wait.Logged, Submission.Of(new Deposit("a1", 5), id))).Receipts);
        var command = Assert.Single(await host.Commands());
        Assert.Equal((id, "deposit", new Subject("account", "a1"), "ann", host.Time.GetUtcNow(), id),
            (command.Id, command.Type, command.Subject, command.Actor, command.Time, command.CorrelationId));
        Assert.Equal((id, "deposit", command.Subject, Status.Logged, false), (receipt.Id, receipt.Type, receipt.Subject, receipt.Status, receipt.TimedOut));
        Assert.Equal(command.Id, CloudEventBinding.Read((await host.Log.ReadAt([receipt.Position], TestContext.Current.CancellationToken))[0]!).Id);
    }

    [Fact]
    public async Task A_command_without_an_id_gets_one_of_version_7()
    {
        await using var host = await IntakeHost.Start();
        await host.Submit(Wait.Logged, Submission.Of(new Deposit("a1", 5)));
        Assert.Equal(7, Assert.Single(await host.Commands()).Id.Version);
    }

    [Fact]
    public async Task Typed_and_generic_commands_have_the_same_body()
    {
        await using var host = await IntakeHost.Start();
        await host.Submit(Wait.Logged, Submission.Of(new OpenAccount("a1", "\u00c5sa", "EUR")),
            new("open-account", Encoding.UTF8.GetBytes("""{ "currency": "EUR", "owner": "\u00c5sa", "account": "a1" }""")));
        var commands = await host.Commands();
        Assert.Equal(commands[0].Data.ToArray(), commands[1].Data.ToArray());
    }

    [Fact]
    public async Task Commands_of_one_request_keep_their_order_and_may_repeat_an_id()
    {
        await using var host = await IntakeHost.Start();
        var id = Guid.CreateVersion7();
        var submitted = await host.Submit(Wait.Logged, [.. Enumerable.Range(1, 20).Select(i => Submission.Of(new Deposit("a1", i), id))]);
        Assert.Equal(Enumerable.Range(1, 20), (await host.Commands()).Select(command => (int)((Deposit)Codec.Decode(command.Data.Span, typeof(Deposit))).Amount));
        Assert.Equal(submitted.Receipts.Select(receipt => receipt.Position.Offset).Order(), submitted.Receipts.Select(receipt => receipt.Position.Offset));
    }

    [Fact]
    public async Task The_trace_goes_on_on_the_log()
    {
        await using var host = await IntakeHost.Start();
        using var outer = new Activity("outer").SetIdFormat(ActivityIdFormat.W3C).Start();
        await host.Submit(Wait.Logged, Submission.Of(new Deposit("a1", 5)));
        Assert.Contains(outer.TraceId.ToHexString(), Assert.Single(await host.Commands()).TraceParent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_commands_have_no_receipts()
    {
        await using var host = await IntakeHost.Start();
        Assert.Empty((await host.Submit(Wait.Completed)).Receipts);
    }

    [Fact]
    public async Task A_log_that_fails_is_an_exception_and_leaves_no_waiter()
    {
        var log = new HeldLog();
        await using var host = await IntakeHost.Start(log);
        log.Fail = true;
        await Assert.ThrowsAsync<LogException>(() => host.Submit(Wait.Completed, Submission.Of(new Deposit("a1", 5))));
        Assert.Equal(0, host.Waiting);
    }

    [Fact]
    public async Task Cancelling_once_the_append_began_ends_the_wait_and_not_the_append()
    {
        var log = new HeldLog();
        await using var host = await IntakeHost.Start(log);
        using var caller = new CancellationTokenSource();
        log.Hold();
        var submitting = host.Intake.Submit([Submission.Of(new Deposit("a1", 5))], new(), caller.Token);
        await log.Held.WaitAsync(TestContext.Current.CancellationToken);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => submitting);
        log.Release();
        await log.Appended.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Single(await host.Commands());
        Assert.Equal(0, host.Waiting);
    }

    [Fact]
    public async Task A_caller_that_gave_up_before_appends_nothing()
    {
        await using var host = await IntakeHost.Start();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Intake.Submit([Submission.Of(new Deposit("a1", 5))], new(), new(canceled: true)));
        Assert.Empty(await host.Commands());
    }
}
