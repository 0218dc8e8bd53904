using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Cmdr.Bus.Tests;

/// <summary>A host that takes part in a processor's group as several members.</summary>
public sealed class ProcessorMembersTests
{
    private readonly MemoryLog log = new(4, TimeProvider.System);
    private readonly Till till = new();

    [Fact]
    public async Task Several_members_of_a_host_share_its_partitions_and_each_event_is_handled_once_in_order()
    {
        var counted = new BreakableLog(log);
        await using var host = await till.Open(counted, members: 3);
        await LogHost.Until(() => counted.Members == 3);
        Assert.Equal(["handling-till", "handling-till~2", "handling-till~3"], Endpoints(host).Order());

        for (var n = 0; n < 400; n++) await log.Happen($"till/{n % 40}", new Paid(n));
        await host.Processed(log);

        Assert.Equal(400, till.Handled.Count);
        for (var n = 0; n < 40; n++) Assert.Equal(Enumerable.Range(0, 10).Select(i => new Paid((i * 40) + n)), till.Of($"till/{n}"));
    }

    [Fact]
    public async Task What_each_member_parks_is_counted_together()
    {
        till.Handle = (_, _) => throw new InvalidOperationException("no change");
        var counted = new BreakableLog(log);
        await using var host = await till.Open(counted, members: 2);
        await LogHost.Until(() => counted.Members == 2);

        for (var n = 0; n < 20; n++) await log.Happen($"till/{n}", new Paid(n));

        await host.HealthBecomes(HealthStatus.Degraded, "handling-till has parked 20 events", "processors");
        for (var n = 0; n < 20; n++) await log.Drop($"till/{n}");
        await host.HealthBecomes(HealthStatus.Healthy, check: "processors");
    }

    [Fact]
    public async Task A_member_that_was_away_does_not_forget_what_another_of_its_host_took_over()
    {
        var (progress, away, heir) = (new ProcessorProgress(), new object(), new object());
        progress.Add(Events.Group);
        progress.Moved(Events.Group, away, new Dictionary<TopicPartition, long> { [new(Topics.Events, 0)] = 5 });
        progress.Moved(Events.Group, heir, new Dictionary<TopicPartition, long> { [new(Topics.Events, 0)] = 7 });

        progress.Gone(Events.Group, away, [new(Topics.Events, 0)]);
        Assert.True(await IsAt(7));
        progress.Gone(Events.Group, heir, [new(Topics.Events, 0)]);
        Assert.False(await IsAt(7));

        Task<bool> IsAt(long offset) => progress.Reach(Events.Group, new("log", Topics.Events, [offset]), TimeSpan.Zero, Events.Stop);
    }

    [Fact]
    public async Task As_how_many_members_is_refused_below_one() => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => till.Open(log, members: 0));

    private static IEnumerable<string> Endpoints(LogHost host) => host.Services.GetRequiredService<IBusControl>().CheckHealth().Endpoints.Values
        .Select(endpoint => endpoint.InputAddress.Segments[^1]).Where(name => name.StartsWith(Events.Group, StringComparison.Ordinal));
}
