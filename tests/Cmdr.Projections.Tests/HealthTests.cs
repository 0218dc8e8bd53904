using Cmdr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Cmdr.Projections.Tests;

public sealed class HealthTests(PostgresServer server)
{
    private readonly MemoryLog log = new(4, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ready_is_who_has_come_to_the_end_as_it_was_and_is_not_stopped()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        var health = new ProjectionsHealth(log, site.Progress);
        var story = new Story(log);
        await story.Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"));
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync(new(), Token)).Status);
        await site.FeedAll();
        await story.Tell("till/t1", new Ring("t1", 5, "food"), new Jammed("paper"));
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(new(), Token)).Status);
        await site.FeedAll();

        var stopped = await health.CheckHealthAsync(new(), Token);
        Assert.Equal(HealthStatus.Unhealthy, stopped.Status);
        Assert.Contains("paper", stopped.Description!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lag_is_what_is_still_to_be_projected_of_each_partition()
    {
        await using var site = await Site.Start<TillModule>(await server.Database(Token), log);
        await new Story(log).Tell("till/t1", new Ring("t1", 5, "food"), new Rang(5, "food"), new Rang(6, "food"));
        using var lag = ActivatorUtilities.CreateInstance<ProjectionsLag>(site.Services);
        await lag.Look(Token);
        Assert.Equal([1L, 2L], lag.Observe().Select(x => x.Value).Where(value => value > 0));
        await site.FeedAll();

        Assert.All(lag.Observe(), x => Assert.Equal(0, x.Value));
        Assert.Equal(8, lag.Observe().Count());
    }
}
