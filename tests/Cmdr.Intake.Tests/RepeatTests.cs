using Cmdr.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cmdr.Intake.Tests;

public sealed class RepeatTests
{
    private static readonly Submission Deposit = Submission.Of(new Deposit("a1", 5), Guid.Parse("0198c0de-0000-7000-8000-000000000001"));

    private static IEnumerable<Envelope> Handling(LoggedRecord record, Dictionary<Guid, long> seen, Envelope command) =>
        seen.TryAdd(command.Id, record.Position.Offset)
            ? [record.Event(new Deposited(5, "EUR"))]
            : [record.Repeated(new(seen[command.Id], Outcome.Completed))];

    [Fact]
    public async Task A_repeat_tells_how_the_first_ended()
    {
        await using var host = await IntakeHost.Start();
        var seen = new Dictionary<Guid, long>();
        host.Answering((record, command) => Handling(record, seen, command));
        var first = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        var second = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((Status.Completed, true, false, false), (second.Status, second.Repeated, second.Reused, second.TimedOut));
        Assert.False(first.Repeated);
    }

    [Fact]
    public async Task Two_waits_for_one_id_at_once_each_get_their_own_answer()
    {
        await using var host = await IntakeHost.Start();
        var seen = new Dictionary<Guid, long>();
        host.Answering((record, command) => Handling(record, seen, command));
        for (var i = 0; i < 100; i++)
        {
            var submission = Submission.Of(new Deposit("a1", 5), Guid.CreateVersion7());
            var submitted = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => host.Submit(Wait.Completed, submission, submission))));
            var receipts = submitted.SelectMany(x => x.Receipts).ToList();
            Assert.Equal(6, receipts.Select(receipt => receipt.Position).Distinct().Count());
            Assert.Single(receipts, receipt => !receipt.Repeated);
            Assert.All(receipts, receipt => Assert.Equal(Status.Completed, receipt.Status));
        }

        Assert.Equal(0, host.Waiting);
    }

    [Fact]
    public async Task A_repeat_of_a_refused_command_quotes_the_refusal()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, _) => [record.Repeated(new(0, Outcome.Refused, "not-open", "no"))]);
        var receipt = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((Status.Refused, true, new Refusal("not-open", "no")), (receipt.Status, receipt.Repeated, receipt.Refusal));
    }

    [Fact]
    public async Task An_id_with_another_body_is_reused()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, _) => [record.Repeated(new(0, Outcome.Completed, Reused: true))]);
        var receipt = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((true, true, false), (receipt.Repeated, receipt.Reused, receipt.TimedOut));
    }

    [Fact]
    public async Task A_repeat_of_a_command_that_has_not_ended_waits_for_its_outcome()
    {
        await using var host = await IntakeHost.Start();
        LoggedRecord? first = null;
        host.Answering((record, _) =>
        {
            if (first is not null) return [record.Repeated(new(first.Position.Offset, null)), first.Event(new Deposited(5, "EUR"))];
            first = record;
            return [];
        });
        var receipts = (await host.Submit(Wait.Completed, Deposit, Deposit)).Receipts;
        Assert.Equal([Status.Completed, Status.Completed], receipts.Select(receipt => receipt.Status));
        Assert.Equal([false, true], receipts.Select(receipt => receipt.Repeated));
        Assert.Equal(receipts[0].Position, receipts[1].Position);
    }

    [Fact]
    public async Task History_gives_a_repeat_the_events_and_the_position_of_the_first()
    {
        var history = new FakeHistory();
        await using var host = await IntakeHost.Start(services: services => services.AddSingleton<IHistory>(history));
        var seen = new Dictionary<Guid, long>();
        host.Answering((record, command) => Handling(record, seen, command));
        var first = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        history.Records.AddRange(first.Events);
        var second = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((first.Position, true), (second.Position, second.Repeated));
        Assert.Equal(first.Events.Select(e => e.Position), second.Events.Select(e => e.Position));
    }

    [Fact]
    public async Task A_history_that_fails_leaves_the_receipt_as_it_is()
    {
        await using var host = await IntakeHost.Start(services: services => services.AddSingleton<IHistory>(new FakeHistory { Fails = true }));
        host.Answering((record, _) => [record.Repeated(new(0, Outcome.Completed))]);
        var receipt = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal((Status.Completed, true, 0), (receipt.Status, receipt.Repeated, receipt.Events.Count));
    }

    [Fact]
    public async Task A_repeat_that_comes_before_history_shows_the_first_waits_for_it()
    {
        var history = new FakeHistory();
        IReadOnlyList<HistoryRecord> events = [];
        var views = new FakeViews(_ =>
        {
            history.Records.AddRange(events);
            return true;
        });
        await using var host = await IntakeHost.Start(services: services => services.AddSingleton<IHistory>(history).AddSingleton<IViews>(views));
        var seen = new Dictionary<Guid, long>();
        host.Answering((record, command) => Handling(record, seen, command));
        events = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts).Events;
        var second = Assert.Single((await host.Submit(Wait.Completed, Deposit)).Receipts);
        Assert.Equal(events.Select(e => e.Position), second.Events.Select(e => e.Position));
        Assert.Single(events);
    }

    [Fact]
    public async Task A_history_that_hangs_is_waited_for_once_however_many_repeats_there_are()
    {
        var history = new FakeHistory { Hangs = true };
        await using var host = await IntakeHost.Start(services: services => services.AddSingleton<IHistory>(history));
        host.Answering((record, _) => [record.Repeated(new(0, Outcome.Completed))]);
        var options = new SubmitOptions { Timeout = TimeSpan.FromMilliseconds(1) };
        var submitted = await host.Intake.Submit([Deposit, Deposit, Deposit], options, TestContext.Current.CancellationToken);
        Assert.All(submitted.Receipts, receipt => Assert.Equal((Status.Completed, true), (receipt.Status, receipt.Repeated)));
        Assert.Equal(1, history.Asked);
    }

    private sealed class FakeHistory : IHistory
    {
        public List<HistoryRecord> Records { get; } = [];

        public bool Fails { get; init; }

        public bool Hangs { get; init; }

        public int Asked { get; private set; }

        public Task<HistoryRecord?> FindCommand(Guid id, Subject? subject, CancellationToken cancellationToken) => throw new InvalidOperationException("not asked for");

        public Task<HistoryRecord?> FindEvent(Guid id, CancellationToken cancellationToken) => throw new InvalidOperationException("not asked for");

        public async Task<HistoryPage> List(string topic, HistoryFilter filter, PageRequest page, CancellationToken cancellationToken)
        {
            Asked++;
            if (Fails) throw new InvalidOperationException("The database is gone.");
            if (Hangs) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return new([.. Records.Where(x => filter.Matches(x.Envelope)).Select(x => new PageItem<HistoryRecord>(x, ""))], false, false);
        }
    }
}
