using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;
using static Cmdr.Bus.Tests.Words;

namespace Cmdr.Bus.Tests;

public sealed class EndpointTests
{
    private readonly MemoryLog log = new(1, TimeProvider.System);

    [Fact]
    public async Task An_endpoint_is_healthy_from_the_start_of_the_bus_to_its_stop()
    {
        await using var host = LogHost.Build(log, cmdr => cmdr.Slices(Copying(), (_, _) => Task.CompletedTask));
        Assert.Equal(HealthStatus.Unhealthy, (await host.Health()).Status);
        await host.Start();
        await host.HealthBecomes(HealthStatus.Healthy);
        var bus = host.Services.GetRequiredService<IBusControl>();
        Assert.Contains(bus.CheckHealth().Endpoints, endpoint => endpoint.Key.EndsWith("/log/copying", StringComparison.Ordinal) && endpoint.Value.Description == "ready");
        await host.Stop();
        Assert.Equal("copying: stopped (delivered 0 messages)", (await host.Health()).Description);
    }

    [Fact]
    public async Task Slices_that_keep_failing_are_unhealthy_with_their_error_until_one_is_handled()
    {
        await log.Append("a");
        var broken = true;
        var lines = new ConcurrentQueue<string>();
        await using var host = await LogHost.Start(
            log, cmdr => cmdr.Slices(Copying(), (_, _) => Volatile.Read(ref broken) ? throw new InvalidOperationException("no ink") : Task.CompletedTask), lines);
        Assert.Equal("copying: faulted (no ink)", (await host.HealthBecomes(HealthStatus.Unhealthy, "no ink")).Description);
        Assert.Single(lines, line => line.StartsWith("Error: A slice of copying failed 1 times in a row. Nothing is skipped; it comes again from in/0/0.", StringComparison.Ordinal));
        Volatile.Write(ref broken, false);
        await host.HealthBecomes(HealthStatus.Healthy);
        Assert.Contains(lines, line => line.StartsWith("Information: copying runs again.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_slice_that_middleware_keeps_from_its_consumer_is_an_error_and_comes_again()
    {
        await log.Append("a");
        var seen = 0;
        await using var host = await LogHost.Start(
            log, Copying(),
            (slice, _) =>
            {
                Copy(slice);
                return Task.CompletedTask;
            },
            endpoint => endpoint.UseContextFilter(_ => Task.FromResult(++seen > 3)));
        var health = await host.HealthBecomes(HealthStatus.Unhealthy, "handled");
        Assert.Contains("No consumer handled the slice", health.Description, StringComparison.Ordinal);
        await log.HasOutputs(1);
        Assert.Equal(["a"], await log.Outputs());
        Assert.Equal(4, seen);
    }

    [Fact]
    public async Task A_log_that_fails_is_joined_again_and_told_of_once()
    {
        var breakable = new BreakableLog(log);
        breakable.Break(new LogException("the log is away"));
        var lines = new ConcurrentQueue<string>();
        await using var host = await LogHost.Start(breakable, cmdr => cmdr.Slices(Copying(), (slice, _) =>
        {
            Copy(slice);
            return Task.CompletedTask;
        }), lines);
        await host.HealthBecomes(HealthStatus.Unhealthy, "copying: faulted (the log is away)");
        await LogHost.Until(() => breakable.Joins >= 3);
        Assert.Single(lines, line => line.StartsWith("Error: The log failed", StringComparison.Ordinal));
        breakable.Mend();
        await host.HealthBecomes(HealthStatus.Healthy);
        breakable.Break(new LogException("again"));
        await host.HealthBecomes(HealthStatus.Unhealthy, "again");
        await log.Append("a");
        breakable.Mend();
        await log.HasOutputs(1);
        await host.HealthBecomes(HealthStatus.Healthy);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 1)]
    public async Task A_commit_that_is_refused_once_comes_again_without_a_word_and_one_refused_again_is_an_error(int refusals, int errors)
    {
        await log.Append("a");
        var lines = new ConcurrentQueue<string>();
        var refusing = new BreakableLog(log) { Refusals = refusals };
        await using var host = await LogHost.Start(refusing, cmdr => cmdr.Slices(Copying(), (slice, _) =>
        {
            Copy(slice);
            return Task.CompletedTask;
        }), lines);
        await log.HasOutputs(1);
        await host.HealthBecomes(HealthStatus.Healthy);
        // What was asked about health in between, the host's health service tells by itself.
        Assert.Equal(errors, lines.Count(line => line.StartsWith("Error:", StringComparison.Ordinal) && !line.StartsWith("Error: Health check", StringComparison.Ordinal)));
        Assert.Equal(errors, lines.Count(line => line.StartsWith("Error: A slice of copying failed 2 times in a row.", StringComparison.Ordinal)));
        Assert.Equal(refusals, refusing.Aborted);
    }

    [Fact]
    public async Task A_slice_at_hand_is_finished_and_committed_when_the_host_stops()
    {
        await log.Append("a");
        var owner = new NotingOwner();
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await LogHost.Start(
            log, Copying(),
            async (slice, cancellationToken) =>
            {
                begun.SetResult();
                await end.Task.WaitAsync(cancellationToken);
                Copy(slice);
            },
            endpoint => endpoint.Owner = owner);
        await begun.Task.WaitAsync(LogHost.Deadline, TestContext.Current.CancellationToken);
        var stopping = host.Stop();
        Assert.False(stopping.IsCompleted);
        end.SetResult();
        await stopping;
        Assert.Equal(["a"], await log.Outputs());
        Assert.Equal(["assigned in/0", "committed in/0", "revoked in/0"], owner.Heard);
    }

    [Fact]
    public async Task An_endpoint_leaves_once_its_host_is_told_to_stop_though_nobody_has_stopped_the_bus_yet()
    {
        var owner = new NotingOwner();
        await using var host = await LogHost.Start(log, Copying(), (_, _) => Task.CompletedTask, endpoint => endpoint.Owner = owner);
        await LogHost.Until(() => owner.Heard.Count == 1);
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await LogHost.Until(() => owner.Heard.Count == 2);
        Assert.Equal(["assigned in/0", "revoked in/0"], owner.Heard);
        await host.Stop();
    }

    [Fact]
    public async Task A_slice_that_does_not_finish_is_cancelled_and_comes_again_at_the_next_start()
    {
        await log.Append("a");
        var begun = new TaskCompletionSource();
        await using var host = await LogHost.Start(log, cmdr => cmdr
            .Bus(bus => bus.Configure<MassTransitHostOptions>(options => options.ConsumerStopTimeout = TimeSpan.FromMilliseconds(50)))
            .Slices(Copying(), async (slice, cancellationToken) =>
            {
                Copy(slice);
                begun.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }));
        await begun.Task.WaitAsync(LogHost.Deadline, TestContext.Current.CancellationToken);
        await host.Stop().WaitAsync(LogHost.Deadline, TestContext.Current.CancellationToken);
        Assert.Empty(await log.Outputs());
        var lines = new ConcurrentQueue<string>();
        await using var next = await LogHost.Start(log, cmdr => cmdr.Slices(Copying(), (slice, _) =>
        {
            Copy(slice);
            return Task.CompletedTask;
        }), lines);
        await LogHost.Until(async () => (await log.Outputs()).Count == 1, () => string.Join("\n", lines));
    }

    /// <summary>MassTransit stops only what it knows to be started: a bus that still starts when the host stops would leave its endpoints running.</summary>
    [Fact]
    public async Task A_host_that_stops_as_soon_as_it_is_started_leaves_the_group()
    {
        await log.Append("a");
        for (var i = 0; i < 10; i++)
        {
            var breakable = new BreakableLog(log);
            await using var host = await LogHost.Start(breakable, cmdr => cmdr.Slices(Copying(), (_, _) => throw new InvalidOperationException("never")));
            await host.Stop();
            Assert.Equal(0, breakable.Members);
            Assert.Contains("stopped", (await host.Health()).Description, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_owner_hears_what_becomes_of_partitions_and_slices()
    {
        await log.Append("a", "b");
        var owner = new NotingOwner { Starts = new Dictionary<TopicPartition, long> { [new(In, 0)] = 1 } };
        var tries = 0;
        await using var host = await LogHost.Start(
            log, Copying(),
            (slice, _) =>
            {
                Copy(slice);
                return ++tries == 1 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
            },
            endpoint => endpoint.Owner = owner);
        await LogHost.Until(() => owner.Heard.Count == 3);
        Assert.Equal(["b"], await log.Outputs());
        Assert.True(log.Expire("copying", new(In, 0)));
        await log.Append("c");
        await LogHost.Until(() => owner.Heard.Count == 6, () => string.Join("; ", owner.Heard));
        await host.Stop();
        Assert.Equal(
            ["assigned in/0", "aborted in/0", "committed in/0", "lost in/0", "assigned in/0"],
            owner.Heard.Take(5));
        Assert.Equal("revoked in/0", owner.Heard.Last());
    }

    [Fact]
    public async Task An_owner_that_cannot_take_over_is_unhealthy_and_asked_again()
    {
        await log.Append("a");
        var owner = new NotingOwner { Unable = new InvalidOperationException("no room") };
        await using var host = await LogHost.Start(
            log, Copying(),
            (slice, _) =>
            {
                Copy(slice);
                return Task.CompletedTask;
            },
            endpoint => endpoint.Owner = owner);
        await host.HealthBecomes(HealthStatus.Unhealthy, "copying: faulted (no room)");
        owner.Unable = null;
        await log.HasOutputs(1);
        await host.HealthBecomes(HealthStatus.Healthy);
    }
}
