using System.Collections.Concurrent;
using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;
using static Cmdr.Bus.Tests.Words;

namespace Cmdr.Bus.Tests;

public sealed class BusTests
{
    private readonly MemoryLog log = new(4, TimeProvider.System);

    [Fact]
    public async Task Two_groups_on_one_bus_each_see_every_record()
    {
        var (first, second) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        await using var host = await LogHost.Start(log, cmdr => cmdr.Slices(Copying("first"), Note(first)).Slices(Copying("second"), Note(second)));
        await log.Append("a", "b", "c");
        await LogHost.Until(() => first.Count == 3 && second.Count == 3);
        Assert.Equal(first.Order(), second.Order());
    }

    [Fact]
    public async Task Consumers_of_a_team_s_own_work_beside_and_hear_what_a_slice_s_consumer_publishes()
    {
        var heard = new ConcurrentQueue<string>();
        await using var host = await LogHost.Start(log, cmdr => cmdr
            .Bus(bus =>
            {
                bus.AddSingleton(heard);
                bus.AddConsumer<Listener>();
            })
            .LogEndpoint(Copying(), rider => rider.AddConsumer<Announcer>(), (context, endpoint) => endpoint.ConfigureConsumer<Announcer>(context)));
        await host.Services.GetRequiredService<IBus>().Publish(new Announced("from outside"), TestContext.Current.CancellationToken);
        await log.Append("a");
        await LogHost.Until(() => heard.Count == 2);
        Assert.Equal(["a", "from outside"], heard.Order());
    }

    [Fact]
    public async Task A_slice_that_fails_is_no_news_on_the_bus()
    {
        var heard = new ConcurrentQueue<string>();
        var tries = 0;
        await using var host = await LogHost.Start(log, cmdr => cmdr
            .Bus(bus =>
            {
                bus.AddSingleton(heard);
                bus.AddConsumer<Listener>();
                bus.AddConsumer<FaultListener>();
            })
            .Slices(Copying(), (slice, _) =>
            {
                Copy(slice);
                return ++tries < 3 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
            }));
        await log.Append("a");
        await log.HasOutputs(1);
        await host.Services.GetRequiredService<IBus>().Publish(new Announced("the end"), TestContext.Current.CancellationToken);
        await LogHost.Until(() => !heard.IsEmpty);
        Assert.Equal(["the end"], heard);
    }

    [Fact]
    public async Task Two_hosts_in_one_process_share_a_group_and_write_to_their_own_log_files()
    {
        var (left, right) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        var (leftLines, rightLines) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        await using var one = await LogHost.Start(log, cmdr => cmdr.Slices(Copying(), Note(left)), leftLines);
        await using var two = await LogHost.Start(log, cmdr => cmdr.Slices(Copying(), Note(right)), rightLines);
        string[] keys = [.. Enumerable.Range(0, 50).Select(n => $"k{n}")];
        await one.HealthBecomes(HealthStatus.Healthy);
        await two.HealthBecomes(HealthStatus.Healthy);
        await LogHost.Until(() => rightLines.Any(line => line.Contains("Endpoint Ready: loopback://localhost/log/copying", StringComparison.Ordinal)));
        await log.Append(keys);
        await LogHost.Until(() => left.Concat(right).Distinct().Count() == keys.Length);
        await two.Stop();
        await log.Append("last");
        await LogHost.Until(() => left.Contains("last"));
        Assert.Equal(keys.Length + 1, left.Concat(right).Count());
        Assert.DoesNotContain(leftLines, line => line.Contains("Stopping bus", StringComparison.Ordinal));
        Assert.Contains(rightLines, line => line.Contains("Stopping bus", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_rider_joins_any_bus_whose_container_has_a_log()
    {
        var heard = new ConcurrentQueue<string>();
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<ILog>(log).AddSingleton(heard).AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<Listener>();
            bus.UsingInMemory((context, configurator) => configurator.ConfigureEndpoints(context));
            bus.AddRider(rider =>
            {
                rider.AddConsumer<Announcer>();
                rider.UsingLog((context, configurator) => configurator.TopicEndpoint(Copying(), endpoint => endpoint.ConfigureConsumer<Announcer>(context)));
            });
        });
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        await log.Append("a");
        await LogHost.Until(() => heard.Contains("a"));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_slice_s_way_can_be_traced_and_the_start_of_the_host_is_no_part_of_it()
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "MassTransit",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var start = new Activity("start").Start();
        await using var host = await LogHost.Start(log, Copying("traced"), (_, _) => Task.CompletedTask);
        await log.Append("a");
        await LogHost.Until(() => activities.Any(activity => activity.OperationName == "traced receive"));
        Assert.DoesNotContain(activities, activity => activity.OperationName == "traced receive" && activity.TraceId == start.TraceId);
    }

    private static Func<Slice, CancellationToken, Task> Note(ConcurrentQueue<string> seen) => (slice, _) =>
    {
        foreach (var record in slice.Records) seen.Enqueue(Key(record));
        return Task.CompletedTask;
    };
}

public sealed record Announced(string Key);

public sealed class Announcer : IConsumer<Slice>
{
    public Task Consume(ConsumeContext<Slice> context) =>
        Task.WhenAll(context.Message.Records.Select(record => context.Publish(new Announced(Key(record)), context.CancellationToken)));
}

public sealed class Listener(ConcurrentQueue<string> heard) : IConsumer<Announced>
{
    public Task Consume(ConsumeContext<Announced> context)
    {
        heard.Enqueue(context.Message.Key);
        return Task.CompletedTask;
    }
}

public sealed class FaultListener(ConcurrentQueue<string> heard) : IConsumer<Fault<Slice>>, IConsumer<ReceiveFault>
{
    public Task Consume(ConsumeContext<Fault<Slice>> context) => Hear("a fault");

    public Task Consume(ConsumeContext<ReceiveFault> context) => Hear("a receive fault");

    private Task Hear(string what)
    {
        heard.Enqueue(what);
        return Task.CompletedTask;
    }
}
