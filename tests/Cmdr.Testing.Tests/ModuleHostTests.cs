using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cmdr.Testing.Tests;

public sealed class ModuleHostTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_module_runs_the_same_in_memory_and_on_postgres()
    {
        await using var memory = await ModuleHost.Start<CountingModule>();
        await using var server = await ModuleHost.Start<CountingModule>(await postgres.Database(TestContext.Current.CancellationToken));
        foreach (var host in new[] { memory, server })
        {
            var receipts = await host.Submit(new Count("a", 1, ["x"]), new Count("b", 2, []), new Count("a", 3, []), new Count("a", -1, []));

            Assert.Equal([Status.Completed, Status.Completed, Status.Completed, Status.Refused], receipts.Select(receipt => receipt.Status));
            Assert.Equal(new Total("all", 6), await host.View<Total>("all"));
            Assert.Equal([1, 3], (await host.Events("counter/a")).Cast<Counted>().Select(e => e.By));
        }
    }

    [Fact]
    public async Task Views_and_history_are_listed_by_page()
    {
        await using var host = await ModuleHost.Start<CountingModule>();
        await host.Submit([.. Enumerable.Range(0, 5).Select(n => new Count($"{n}", 1, []))]);
        var (views, history) = (host.Services.GetRequiredService<IViews>(), host.Services.GetRequiredService<IHistory>());
        var view = host.Services.GetRequiredService<Catalog>().Views.Single(view => view.ClrType == typeof(One));

        var first = await views.List(view, new(First: 2), TestContext.Current.CancellationToken);
        var second = await views.List(view, new(First: 2, After: first.Items[^1].Cursor), TestContext.Current.CancellationToken);
        var last = await views.List(view, new(Last: 2), TestContext.Current.CancellationToken);
        var events = await history.List(Topics.Events, new() { Types = ["counted"] }, new(First: 3), TestContext.Current.CancellationToken);

        Assert.Equal(["0", "1"], Ids(first));
        Assert.Equal(["2", "3"], Ids(second));
        Assert.Equal(["3", "4"], Ids(last));
        Assert.Equal((true, true, false, true), (first.HasNext, second.HasPrevious, first.HasPrevious, events.HasNext));
        Assert.Equal(events.Items[0].Value, await history.FindEvent(events.Items[0].Value.Envelope.Id, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<CursorException>(() => views.List(view, new(After: events.Items[0].Cursor), TestContext.Current.CancellationToken));

        static IEnumerable<string> Ids(ViewPage page) => page.Items.Select(item => ((One)item.Value).Id);
    }

    [Fact]
    public async Task The_clock_stands_until_it_is_advanced()
    {
        await using var host = await ModuleHost.Start<CountingModule>();
        await host.Submit(new Count("a", 1, []));
        host.Clock.Advance(TimeSpan.FromDays(1));
        await host.Submit(new Count("a", 1, []));

        var page = await host.Services.GetRequiredService<IHistory>().List(Topics.Events, new(), new(), TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromDays(1), page.Items[1].Value.Envelope.Time - page.Items[0].Value.Envelope.Time);
    }

    [Fact]
    public async Task A_view_that_throws_fails_the_submission_with_the_reason()
    {
        await using var host = await ModuleHost.Start<BrokenModule>();
        var failed = await Assert.ThrowsAsync<ExpectationException>(() => host.Submit(new Count("a", 1, [])));
        Assert.Contains("The view is broken", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_follows_from_an_event_is_submitted_once_however_often_the_event_is_handled()
    {
        await using var host = await ModuleHost.Start<EchoingModule>();
        var receipts = await host.Submit(new Count("a", 5, []));
        await host.Processed<Echo>();
        await host.Processed<Echo>();

        var echoed = Assert.Single(await host.Events("counter/echo"), e => e is Counted { By: 5 });
        Assert.Equal(5, ((Counted)echoed).By);
        Assert.Single(await host.Events("counter/other"), e => e is Counted { By: 5 });
        Assert.Empty(await host.Parked());
        var history = host.Services.GetRequiredService<IHistory>();
        var cause = receipts[0].Events[0].Envelope;
        var follows = (await history.List(Topics.Commands, new() { CausationId = cause.Id }, new(), TestContext.Current.CancellationToken)).Items.Select(item => item.Value.Envelope).ToList();
        Assert.Equal(4, follows.Count);
        Assert.Equal([DerivedId.Of(cause.Id, "echo", 0), DerivedId.Of(cause.Id, "echo", 1)], follows.Select(command => command.Id).Distinct());
        Assert.All(follows, command => Assert.Equal(receipts[0].Id, command.CorrelationId));
    }

    [Fact]
    public async Task A_wait_for_a_processor_that_no_module_has_is_refused()
    {
        await using var host = await ModuleHost.Start<EchoingModule>();
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => host.Processed("nobody"));
        Assert.Contains("there are echo", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_view_that_no_module_declares_is_refused()
    {
        await using var host = await ModuleHost.Start<CountingModule>();
        await Assert.ThrowsAsync<ArgumentException>(() => host.View<Misnamed>("a"));
    }
}

public sealed class CountingModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Counter>().View<Total>().View<One>();
}

public sealed class EchoingModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Counter>().Processor<Echo>(processor => processor.UseMessageRetry(retry => retry.Immediate(1)));
}

/// <summary>Fails after it has submitted what follows, the first time.</summary>
public sealed class Echo : IConsumer<Recorded<Counted>>
{
    public async Task Consume(ConsumeContext<Recorded<Counted>> context)
    {
        if (context.Message.Subject.Id != "a") return;
        await context.Submit(new Count("echo", context.Message.Event.By, []));
        await context.Submit(new Count("other", context.Message.Event.By, []), Wait.Completed);
        if (context.GetRetryAttempt() == 0) throw new InvalidOperationException("The answer was lost, as the test wants it.");
    }
}

public sealed class BrokenModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Counter>().View<Broken>();
}

public sealed record One(string Id, int Sum) : IView<One, CounterEvent>
{
    public static One? Evolve(One? view, Recorded<CounterEvent> e) => e.Event is Counted counted ? new(e.Subject.Id, (view?.Sum ?? 0) + counted.By) : view;
}

public sealed record Broken(string Id) : IView<Broken, CounterEvent>
{
    public static Broken? Evolve(Broken? view, Recorded<CounterEvent> e) => throw new InvalidOperationException("The view is broken, as the test wants it.");
}
