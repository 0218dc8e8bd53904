using Cmdr.Testing;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>Another log takes the place of one that a host has open.</summary>
public sealed class RecreatedLogTests(PostgresServer server)
{
    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_appends_nothing_to_a_log_that_took_the_place_of_its_own()
    {
        var database = await server.Database(stop);
        await using var stale = new LogHost(database);
        await stale.Log.Append("commands", [LogHost.Record("key", "before")], stop);
        await stale.Log.Append("events", [LogHost.Record("key", "before")], stop);
        await stale.Execute("drop schema cmdr_log cascade", stop);
        await using var fresh = new LogHost(database);
        await fresh.Log.Append("events", [LogHost.Record("key", "after")], stop);

        foreach (var topic in (string[])["commands", "events"])
        {
            var refused = await Assert.ThrowsAsync<LogException>(() => stale.Log.Append(topic, [LogHost.Record("key", "stale")], stop));
            Assert.Contains("created anew under this host", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["after"], await fresh.Values("events", stop));
        Assert.Empty(await fresh.Values("commands", stop));
    }
}
