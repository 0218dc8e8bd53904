using Cmdr.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cmdr.Intake.Tests;

public sealed class ProjectedTests
{
    private static readonly Submission Deposit = Submission.Of(new Deposit("a1", 5));

    private static async Task<(Receipt Receipt, FakeViews Views)> Submit(Func<Position, bool> reaches)
    {
        var views = new FakeViews(reaches);
        await using var host = await IntakeHost.Start(services: services => services.AddSingleton<IViews>(views));
        host.Answering((record, _) => [record.Event(new Deposited(5, "EUR"))]);
        return (Assert.Single((await host.Submit(Wait.Projected, Deposit)).Receipts), views);
    }

    [Fact]
    public async Task Projected_waits_until_the_views_have_passed_the_outcome()
    {
        var (receipt, views) = await Submit(_ => true);
        Assert.Equal((Status.Completed, true, false), (receipt.Status, receipt.Projected, receipt.TimedOut));
        Assert.Equal([receipt.Position], views.Asked);
    }

    [Fact]
    public async Task Views_that_lag_are_a_wait_that_ran_out()
    {
        var (receipt, _) = await Submit(_ => false);
        Assert.Equal((Status.Completed, false, true), (receipt.Status, receipt.Projected, receipt.TimedOut));
    }

    [Fact]
    public async Task Views_that_fail_are_a_wait_that_ran_out()
    {
        var (receipt, _) = await Submit(_ => throw new InvalidOperationException("The database is gone."));
        Assert.Equal((Status.Completed, false, true), (receipt.Status, receipt.Projected, receipt.TimedOut));
    }

    [Fact]
    public async Task A_host_without_views_says_that_it_did_not_see_it()
    {
        await using var host = await IntakeHost.Start();
        host.Answering((record, _) => [record.Event(new Deposited(5, "EUR"))]);
        var receipt = Assert.Single((await host.Submit(Wait.Projected, Deposit)).Receipts);
        Assert.Equal((Status.Completed, false, true), (receipt.Status, receipt.Projected, receipt.TimedOut));
    }

    [Fact]
    public async Task Views_are_asked_once_for_a_partition_and_not_for_what_has_no_outcome()
    {
        var views = new FakeViews(_ => true);
        await using var host = await IntakeHost.Start(services: services => services.AddSingleton<IViews>(views));
        host.Answering((record, command) => command.Subject.Id == "silent" ? [] : [record.Event(new Deposited(5, "EUR"))]);
        var submitting = host.Submit(Wait.Projected, Deposit, Deposit with { Id = null }, Submission.Of(new Deposit("silent", 5)));
        await host.Until(() => host.Read >= 2);
        await host.Until(() => submitting.IsCompleted, TimeSpan.FromSeconds(1));
        var receipts = (await submitting).Receipts;
        Assert.Equal([true, true, false], receipts.Select(receipt => receipt.Projected));
        Assert.Equal([receipts[1].Position], views.Asked);
    }
}

/// <summary>Read models that have reached what a test says.</summary>
internal sealed class FakeViews(Func<Position, bool> reaches) : IViews
{
    public List<Position> Asked { get; } = [];

    public Task<object?> Find(ViewType view, string id, CancellationToken cancellationToken) => throw new InvalidOperationException("not asked for");

    public Task<ViewPage> List(ViewType view, PageRequest page, CancellationToken cancellationToken) => throw new InvalidOperationException("not asked for");

    public Task<bool> Reach(Position position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Asked.Add(position);
        return Task.FromResult(reaches(position));
    }
}
