using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Cmdr.Bus.Tests;

public sealed class ProcessorTests
{
    private readonly MemoryLog log = new(4, TimeProvider.System);
    private readonly Till till = new();

    [Fact]
    public async Task Events_reach_their_processor_one_by_one_in_order_per_subject()
    {
        for (var n = 0; n < 50; n++) await log.Happen($"till/{n % 5}", new Paid(n));
        await using var host = await till.Open(log);
        await host.Processed(log);
        Assert.Equal(50, till.Handled.Count);
        for (var n = 0; n < 5; n++) Assert.Equal(Enumerable.Range(0, 10).Select(i => new Paid((i * 5) + n)), till.Of($"till/{n}"));
    }

    [Fact]
    public async Task A_processor_leaves_once_its_host_is_told_to_stop_though_nobody_has_stopped_the_bus_yet()
    {
        var counted = new BreakableLog(log);
        await using var host = await till.Open(counted);
        await LogHost.Until(() => counted.Members == 1);
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await LogHost.Until(() => counted.Members == 0);
        await host.Stop();
    }

    [Theory]
    [InlineData(0, 8000, 1, 39)] // quick: fewer than the 40 of 200 each
    [InlineData(20, 800, 4, 8)] // 16 at a time: 80 in a tenth of a second, for which 200 are the least
    public async Task Slices_grow_with_the_pace_of_their_processor(int milliseconds, int events, int fewest, int most)
    {
        till.Handle = (_, stop) => milliseconds == 0 ? Task.CompletedTask : Task.Delay(milliseconds, stop);
        for (var n = 0; n < 100; n++) await log.Happen($"till/{n}", [.. Enumerable.Range(0, events / 100).Select(i => new Paid(i))]);
        var counted = new BreakableLog(log);
        await using var host = await till.Open(counted, processor => processor.SliceTime = TimeSpan.FromMilliseconds(500));
        await host.Processed(log);
        Assert.Equal(events, till.Handled.Count);
        Assert.InRange(counted.Committed, fewest, most);
    }

    [Theory]
    [InlineData(600, 600, 14)] // one of 800 takes a quarter of a second or more, and those after it are to take 0.12 s
    [InlineData(3000, 500, 12)] // one of 3,000 is not finished in its time
    public async Task Slices_shrink_when_their_processor_becomes_slow(int quick, int sliceTime, int fewest)
    {
        till.Handle = (e, stop) => e.Event is Refunded ? Task.Delay(5, stop) : Task.CompletedTask;
        for (var n = 0; n < quick + 6000; n++) await log.Happen($"till/{n % 100}", n < quick ? new Paid(n) : new Refunded(n));
        var counted = new BreakableLog(log);
        await using var host = await till.Open(counted, processor => processor.SliceTime = TimeSpan.FromMilliseconds(sliceTime));
        await host.Processed(log);
        Assert.Equal(quick + 6000, till.Handled.Count);
        Assert.InRange(counted.Committed, fewest, (quick + 6000) / 200);
    }

    [Fact]
    public async Task A_subject_that_keeps_failing_is_parked_with_all_that_follows_and_others_flow()
    {
        till.Handle = (e, _) => e is { Event: Paid { Amount: 2 } } ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        var positions = await log.Happen("till/a", new Paid(1), new Paid(2), new Paid(3));
        await log.Happen("till/b", new Paid(1), new Paid(7));
        await using var host = await till.Open(log);
        await host.Processed(log);
        await log.Happen("till/a", new Refunded(4));
        await log.Happen("till/b", new Paid(8));
        await host.Processed(log);

        Assert.Equal([new Paid(1)], till.Of("till/a"));
        Assert.Equal([new Paid(1), new Paid(7), new Paid(8)], till.Of("till/b"));
        var parked = await log.Parked();
        Assert.Equal(["InvalidOperationException: no change", null, null], parked.Select(one => one.Error));
        Assert.Equal(["paid", "paid", "refunded"], parked.Select(one => one.Type));
        Assert.Equal(positions[1], parked[0].Position);
        Assert.All(parked, one => Assert.Equal((Events.Group, "till/a"), (one.Group, one.Subject.ToString())));
    }

    [Fact]
    public async Task Retry_handles_what_is_parked_in_order_and_the_subject_flows_on()
    {
        var broken = true;
        till.Handle = (e, _) => Volatile.Read(ref broken) && e.Subject.Id == "a" ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        await log.Happen("till/a", new Paid(1), new Paid(2), new Paid(3));
        await using var host = await till.Open(log);
        await log.HasParked(3);
        Volatile.Write(ref broken, false);
        Assert.NotNull(await log.Retry("till/a"));
        await log.HasParked(0);
        await log.Happen("till/a", new Paid(4));
        await host.Processed(log);
        Assert.Equal([new Paid(1), new Paid(2), new Paid(3), new Paid(4)], till.Of("till/a"));
    }

    [Fact]
    public async Task A_retry_is_not_forgotten_though_its_subject_is_still_blocked_by_what_is_not_committed()
    {
        var two = new MemoryLog(2, TimeProvider.System);
        string[] late = [.. Enumerable.Range(0, 100).Select(n => $"till/{n}").Where(subject => Murmur2.Partition(Encoding.UTF8.GetBytes(subject), 2) == 1).Take(2)];
        var other = Enumerable.Range(0, 100).Select(n => $"till/{n}").First(subject => Murmur2.Partition(Encoding.UTF8.GetBytes(subject), 2) == 0);
        var (broken, slow) = (true, new TaskCompletionSource());
        till.Handle = (e, stop) => e.Event switch
        {
            Paid { Amount: 1 } when Volatile.Read(ref broken) => throw new InvalidOperationException("no change"),
            Paid { Amount: 2 } => slow.Task.WaitAsync(stop),
            _ => Task.CompletedTask,
        };
        await two.Happen(late[0], new Paid(1));
        await two.Happen(late[1], new Paid(2));
        await two.Happen(other, new Paid(3), new Paid(4));
        var counted = new BreakableLog(two);
        // A slice of 1, 2 and 3 is not finished; one of 3, 4 and 1 is, and what blocks 1 stays as long as 2.
        await using var host = await till.Open(counted, processor => (processor.MaxSliceRecords, processor.SliceTime) = (3, TimeSpan.FromMilliseconds(50)));
        await two.HasParked(1);
        Assert.InRange(counted.Aborted, 1, int.MaxValue);
        Volatile.Write(ref broken, false);
        var aborted = counted.Aborted;
        Assert.NotNull(await two.Retry(late[0]));
        await LogHost.Until(() => counted.Aborted > aborted + 2);
        slow.SetResult();
        await two.HasParked(0);
        Assert.Equal([new Paid(1)], till.Of(late[0]));
    }

    [Fact]
    public async Task A_retry_that_fails_parks_again_and_counts()
    {
        till.Handle = (e, _) => e.Event is Paid { Amount: 2 } ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        await log.Happen("till/a", new Paid(2), new Paid(3));
        await using var host = await till.Open(log);
        await log.HasParked(2);
        await log.Retry("till/a");
        await LogHost.Until(async () => (await log.Parked())[0] is { Failures: 2, Error: not null });
        Assert.Empty(till.Of("till/a"));
        Assert.Equal(2, (await log.Parked()).Count);
    }

    [Fact]
    public async Task Dropping_the_one_that_fails_lets_those_behind_it_be_handled()
    {
        till.Handle = (e, _) => e.Event is Paid { Amount: 1 } ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        var positions = await log.Happen("till/a", new Paid(1), new Paid(2), new Paid(3));
        await using var host = await till.Open(log);
        await log.HasParked(3);
        Assert.Null(await log.Drop("till/a", new Position(Topics.Events, 0, 99)));
        Assert.NotNull(await log.Drop("till/a", positions[0]));
        await log.HasParked(0);
        Assert.Equal([new Paid(2), new Paid(3)], till.Of("till/a"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // what comes before the processor has read of it is parked behind what was dropped, and handled once it has
    public async Task Dropping_all_gives_them_up_and_the_subject_flows_on(bool isReadLate)
    {
        till.Handle = (e, _) => e.Event is Paid { Amount: < 4 } ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        await log.Happen("till/a", new Paid(1), new Paid(2), new Paid(3));
        var slow = new BreakableLog(log);
        await using var host = await till.Open(slow);
        await host.HealthBecomes(HealthStatus.Degraded, "handling-till has parked 3 events", "processors");
        slow.Lag = isReadLate ? new() : null;
        await log.Drop("till/a");
        await log.HasParked(0);
        if (!isReadLate) await host.HealthBecomes(HealthStatus.Healthy, "", "processors");
        await log.Happen("till/a", new Paid(4));
        await host.Processed(log);
        Assert.Equal(isReadLate ? 1 : 0, (await log.Parked()).Count);
        slow.Lag?.SetResult();
        await log.HasParked(0);
        Assert.Equal([new Paid(4)], till.Of("till/a"));
        Assert.Null(await log.Drop("till/a"));
        Assert.Null(await log.Retry("till/a"));
    }

    [Fact]
    public async Task What_is_parked_is_known_after_a_restart()
    {
        var broken = true;
        till.Handle = (e, _) => Volatile.Read(ref broken) ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        await log.Happen("till/a", new Paid(1));
        await using (var host = await till.Open(log)) await log.HasParked(1);
        Volatile.Write(ref broken, false);
        await log.Happen("till/a", new Paid(2));
        await using var again = await till.Open(log);
        await again.Processed(log);
        Assert.Empty(till.Handled);
        Assert.Equal(2, (await log.Parked()).Count);
        await log.Retry("till/a");
        await log.HasParked(0);
        Assert.Equal([new Paid(1), new Paid(2)], till.Of("till/a"));
    }

    [Fact]
    public async Task A_retry_that_is_asked_for_while_no_host_runs_is_done_by_the_next()
    {
        var broken = true;
        till.Handle = (e, _) => Volatile.Read(ref broken) ? throw new InvalidOperationException("no change") : Task.CompletedTask;
        await log.Happen("till/a", new Paid(1), new Paid(2));
        await using (var host = await till.Open(log)) await log.HasParked(2);
        Volatile.Write(ref broken, false);
        await log.Retry("till/a");
        await using var again = await till.Open(log);
        await log.HasParked(0);
        Assert.Equal([new Paid(1), new Paid(2)], till.Of("till/a"));
    }
}
