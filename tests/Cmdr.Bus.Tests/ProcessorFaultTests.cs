using System.Text;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Cmdr.Bus.Tests;

public sealed class ProcessorFaultTests
{
    private readonly MemoryLog log = new(4, TimeProvider.System);
    private readonly Till till = new();

    [Fact]
    public async Task An_event_that_fails_is_tried_again_after_each_pause_before_it_is_parked()
    {
        var tries = 0;
        till.Handle = (_, _) => Interlocked.Increment(ref tries) < 3 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        await log.Happen("till/a", new Paid(1));
        await using var host = await till.Open(log, processor => processor.Backoff = [TimeSpan.Zero, TimeSpan.FromMilliseconds(1)]);
        await host.Processed(log);
        Assert.Equal([new Paid(1)], till.Of("till/a"));
        Assert.Equal(3, tries);
        Assert.Empty(await log.Parked());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_outage_parks_nothing_is_tried_until_it_is_over_and_health_says_so(bool ofTheLog)
    {
        var outage = true;
        Exception Down() => ofTheLog ? new InvalidOperationException("wrapped", new LogException("no log")) : new TimeoutException("no webhook");
        till.Handle = (_, _) => Volatile.Read(ref outage) ? throw Down() : Task.CompletedTask;
        await log.Happen("till/a", new Paid(1), new Paid(2));
        await log.Happen("till/b", new Paid(3));
        await using var host = await till.Open(log, processor => processor.WaitOut<TimeoutException>());
        await host.HealthBecomes(HealthStatus.Unhealthy, ofTheLog ? "wrapped" : "no webhook");
        Volatile.Write(ref outage, false);
        await host.Processed(log);
        await host.HealthBecomes(HealthStatus.Healthy);
        Assert.Equal([new Paid(1), new Paid(2)], till.Of("till/a"));
        Assert.Equal([new Paid(3)], till.Of("till/b"));
        Assert.Empty(await log.Parked());
    }

    [Fact]
    public async Task A_rule_for_outages_that_throws_is_told_by_health_and_loses_nothing()
    {
        var broken = true;
        till.Handle = (_, _) => Volatile.Read(ref broken) ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        await log.Happen("till/a", new Paid(1));
        await using var host = await till.Open(log, processor => processor.WaitOut(_ => throw new NotSupportedException("a rule that throws")));
        await host.HealthBecomes(HealthStatus.Unhealthy, "a rule that throws");
        Volatile.Write(ref broken, false);
        await host.Processed(log);
        Assert.Equal([new Paid(1)], till.Of("till/a"));
    }

    [Fact]
    public async Task Parked_events_are_seen_in_health_which_goes_on_serving()
    {
        till.Handle = (_, _) => throw new InvalidOperationException("no change");
        await log.Happen("till/a", new Paid(1), new Paid(2));
        await using var host = await till.Open(log);
        await host.HealthBecomes(HealthStatus.Degraded, "handling-till has parked 2 events", "processors");
        await log.Drop("till/a");
        await host.HealthBecomes(HealthStatus.Healthy, "", "processors");
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_parks_its_subject_at_once()
    {
        await log.Append(Topics.Events, [CloudEventBinding.Write(Events.Envelope("till/a", new Paid(1)) with { Data = Encoding.UTF8.GetBytes("""{"amount":"much"}""") })], Events.Stop);
        await log.Happen("till/a", new Paid(2));
        await using var host = await till.Open(log, processor => processor.Backoff = [TimeSpan.FromHours(1)]);
        await host.Processed(log);
        var parked = await log.Parked();
        Assert.Equal(2, parked.Count);
        Assert.StartsWith("The event cannot be read: its body is not a Paid", parked[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_is_no_CloudEvent_though_it_names_an_event_is_parked_by_itself()
    {
        var key = new byte[] { 0xff, 0xfe, 1 };
        var written = await log.Append(Topics.Events, [new(key, Encoding.UTF8.GetBytes("{}"), [new("ce_type", Encoding.UTF8.GetBytes("paid"))])], Events.Stop);
        await using var host = await till.Open(log);
        await host.Processed(log);
        var parked = Assert.Single(await log.Parked());
        Assert.Equal($"unreadable/{written[0]}", parked.Subject.ToString());
        Assert.Equal(written[0], parked.Position);
        Assert.Null(parked.Id);
        Assert.NotNull(await log.Drop(parked.Subject.ToString()));
        await log.HasParked(0);
    }

    [Fact]
    public async Task An_event_that_middleware_keeps_from_its_consumer_is_parked_not_lost()
    {
        await log.Happen("till/a", new Paid(1));
        await using var host = await till.Open(log, processor => processor.UseFilter(new Swallowing()));
        await host.Processed(log);
        Assert.Contains("No consumer handled the event", Assert.Single(await log.Parked()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_position_waits_for_a_slow_handler_whose_partition_may_move_meanwhile()
    {
        var release = new TaskCompletionSource();
        var begun = 0;
        till.Handle = async (e, _) =>
        {
            if (e.Event is not Paid { Amount: 1 }) return;
            Interlocked.Increment(ref begun);
            await release.Task;
        };
        await log.Happen("till/a", new Paid(1), new Paid(2));
        await log.Happen("till/b", new Paid(3));
        var giveBacks = new BreakableLog(log);
        await using var host = await till.Open(giveBacks, processor => processor.SliceTime = TimeSpan.FromMilliseconds(20));
        await LogHost.Until(() => giveBacks.Aborted >= 3 && till.Handled.Count == 1);
        Assert.Equal([new Paid(3)], till.Of("till/b"));
        release.SetResult();
        await host.Processed(log);
        Assert.Equal([new Paid(1), new Paid(2)], till.Of("till/a"));
        Assert.Equal(1, begun);
    }

    [Fact]
    public async Task A_slow_retry_is_handled_once_though_its_slice_is_given_back()
    {
        var (broken, begun) = (true, 0);
        var release = new TaskCompletionSource();
        till.Handle = async (_, _) =>
        {
            if (Volatile.Read(ref broken)) throw new InvalidOperationException("no change");
            Interlocked.Increment(ref begun);
            await release.Task;
        };
        await log.Happen("till/a", new Paid(1));
        var giveBacks = new BreakableLog(log);
        await using var host = await till.Open(giveBacks, processor => processor.SliceTime = TimeSpan.FromMilliseconds(20));
        await log.HasParked(1);
        Volatile.Write(ref broken, false);
        await log.Retry("till/a");
        await LogHost.Until(() => giveBacks.Aborted >= 3);
        release.SetResult();
        await log.HasParked(0);
        Assert.Equal(1, begun);
    }

    [Fact]
    public async Task Nothing_is_handled_before_what_was_parked_is_read_back()
    {
        till.Handle = (e, _) => e.Event is Paid { Amount: 1 } ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        var slow = new BreakableLog(log) { Lag = new() };
        await using var host = await till.Open(slow);
        await log.Happen("till/a", new Paid(1));
        await log.HasParked(1);
        await log.Happen("till/a", new Paid(2));
        await log.Happen("till/b", new Paid(3));
        Assert.Empty(till.Handled);
        slow.Lag.SetResult();
        await host.Processed(log);
        Assert.Equal([new Paid(3)], till.Handled.Select(one => one.Event));
        await log.HasParked(2);
    }

    private sealed class Swallowing : IFilter<ConsumeContext>
    {
        public Task Send(ConsumeContext context, IPipe<ConsumeContext> next) => Task.CompletedTask;

        public void Probe(ProbeContext context)
        {
        }
    }
}
