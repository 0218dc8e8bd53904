using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Cmdr.Handling.Tests;

public sealed class HealthTests
{
    private readonly Desk desk = new();

    [Fact]
    public async Task Until_partitions_are_assigned_it_is_not_ready() =>
        Assert.Equal((HealthStatus.Unhealthy, "no partition of commands is assigned yet"), await Health());

    [Fact]
    public async Task A_host_to_which_no_partition_fell_is_ready_after_a_while()
    {
        var clock = new FakeTimeProvider();
        var health = new HandlingHealth(new(clock));
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Status);

        clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal("owns no partition: other hosts own them all", (await health.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Description);
    }

    [Fact]
    public async Task It_is_ready_when_it_has_come_to_where_the_log_ended_at_start_and_not_before()
    {
        await desk.Append(Desk.Command(new Add("a", 1)), Desk.Command(new Add("a", 2)));
        await desk.Start();
        var partition = (await desk.All(Topics.Commands))[0].Position.Partition;
        Assert.Equal((HealthStatus.Unhealthy, $"commands/{partition} is at 0, and the log ended at 2 when this host started"), await Health());

        await desk.Handle();
        await desk.Append(Desk.Command(new Add("a", 3)));

        Assert.Equal((HealthStatus.Healthy, "owns 4 partitions of 4"), await Health());
    }

    [Fact]
    public async Task A_host_whose_partitions_went_to_others_is_ready()
    {
        await desk.Append(Desk.Command(new Add("a", 1)));
        await desk.Start();

        await desk.Owner.Revoked([.. Enumerable.Range(0, Desk.Partitions).Select(n => new TopicPartition(Topics.Commands, n))], TestContext.Current.CancellationToken);

        Assert.Equal((HealthStatus.Healthy, "owns no partition: other hosts own them all"), await Health());
    }

    [Fact]
    public async Task A_log_that_fails_while_restoring_is_told_until_it_is_tried_no_more()
    {
        var clock = new FakeTimeProvider();
        var status = new HandlingStatus(clock);
        var log = new MemoryLog(Desk.Partitions, clock);
        var owner = Desk.NewOwner(log, status, clock);
        var beyond = new Unassignable();

        await Assert.ThrowsAsync<LogException>(async () => await owner.Assigned([beyond], TestContext.Current.CancellationToken));

        var health = new HandlingHealth(status);
        Assert.Equal(
            "partitions of commands cannot be restored, which is tried again: the disk is gone", (await health.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Description);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain("the disk is gone", (await health.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Description, StringComparison.Ordinal);
    }

    private async Task<(HealthStatus, string?)> Health() => await desk.Health() is var health ? (health.Status, health.Description) : default;

    private sealed class Unassignable : IOwnedPartition
    {
        public TopicPartition Partition => new(Topics.Commands, 0);

        public long? GroupPosition => throw new LogException("the disk is gone");

        public void RequestSlice(DateTimeOffset due) => throw new NotSupportedException();
    }
}
