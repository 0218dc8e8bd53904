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
    public async Task Several_members_of_a_host_handle_each_event_once_in_order()
    {
        var counted = new BreakableLog(log);
        await using var host = await till.Open(counted, members: 3);
        await LogHost.Until(() => counted.Members == 3);
        Assert.Equal(["handling-till", "handling-till~2", "handling-till~3"], Endpoints(host).Order());

        for (var n = 0; n < 40; n++) await log.Happen($"till/{n}", [.. Enumerable.Range(0, 50).Select(i => new Paid(i))]);
        await host.Processed(log);

        Assert.Equal(2000, till.Handled.Count);
        for (var n = 0; n < 40; n++) Assert.Equal(Enumerable.Range(0, 50).Select(i => new Paid(i)), till.Of($"till/{n}"));
    }

    [Fact]
    public async Task Several_members_of_a_host_share_its_partitions_and_handle_at_the_same_time()
    {
        var (running, both) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        till.Handle = async (_, stop) =>
        {
            try
            {
                if (Interlocked.Increment(ref running) == 2) both.TrySetResult();
                await both.Task.WaitAsync(stop);
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        };
        var counted = new BreakableLog(log);
        await using var host = await till.Open(counted, processor => processor.ConcurrentSubjects = 1, members: 2);
        await LogHost.Until(() => counted.Members == 2);

        for (var n = 0; n < 20; n++) await log.Happen($"till/{n}", new Paid(n));

        await both.Task.WaitAsync(LogHost.Deadline, Events.Stop);
        await host.Processed(log);
    }

    [Fact]
    public void What_a_member_has_parked_is_counted_no_more_when_it_takes_part_no_more()
    {
        var (progress, told) = (new ProcessorProgress(), new List<int>());
        progress.Add("till");
        var (one, other) = (new object(), new object());
        progress.Parked("till", one, () => 2, told.Add);
        progress.Parked("till", other, () => 3, told.Add);

        progress.Left("till", one, told.Add);

        Assert.Equal([2, 5, 3], told);
        Assert.Equal(3, progress.ParkedEvents["till"]);
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
    public async Task A_member_that_was_away_neither_moves_nor_forgets_what_another_of_its_host_took_over()
    {
        var (progress, away, heir, partition) = (new ProcessorProgress(), new object(), new object(), new TopicPartition(Topics.Events, 0));
        progress.Add(Events.Group);
        progress.Assigned(Events.Group, away, [new Owned(partition)]);
        progress.Assigned(Events.Group, heir, [new Owned(partition)]);
        progress.Moved(Events.Group, heir, new Dictionary<TopicPartition, long> { [partition] = 7 });

        progress.Moved(Events.Group, away, new Dictionary<TopicPartition, long> { [partition] = 5 }); // it had committed that, and hears so only now
        progress.Gone(Events.Group, away, [partition]);
        Assert.True(await IsAt(7));
        progress.Gone(Events.Group, heir, [partition]);
        Assert.False(await IsAt(7));

        Task<bool> IsAt(long offset) => progress.Reach(Events.Group, new("log", Topics.Events, [offset]), TimeSpan.Zero, Events.Stop);
    }

    [Fact]
    public async Task As_how_many_members_is_refused_below_one() => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => till.Open(log, members: 0));

    private static IEnumerable<string> Endpoints(LogHost host) => host.Services.GetRequiredService<IBusControl>().CheckHealth().Endpoints.Values
        .Select(endpoint => endpoint.InputAddress.Segments[^1]).Where(name => name.StartsWith(Events.Group, StringComparison.Ordinal));

    private sealed record Owned(TopicPartition Partition) : IOwnedPartition
    {
        public long? GroupPosition => null;

        public void RequestSlice(DateTimeOffset due) => throw new NotSupportedException();
    }
}
