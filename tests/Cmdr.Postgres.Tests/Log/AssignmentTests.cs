using Cmdr.Testing;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>Partitions that a consumer cannot begin.</summary>
public sealed class AssignmentTests(PostgresServer server)
{
    private static readonly LogGroup Group = new("group", ["in"], PositionKeeping.AfterSlice);

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Partitions_that_a_consumer_cannot_begin_do_not_hold_up_those_that_it_has()
    {
        var database = await server.Database(stop);
        await using var leaves = new LogHost(database, partitions: 4);
        await leaves.Log.Describe(stop);
        await using var stays = new LogHost(database);
        var (first, second) = (new RecordingConsumer(), new RecordingConsumer());
        leaves.Consume(Group, first);
        stays.Consume(Group, second);
        await LogHost.Until(() => first.Owned.Count == 2 && second.Owned.Count == 2, "they share", stop);
        var has = second.Owned.Keys.ToList();

        second.FailsToBegin = true;
        await leaves.Stop();
        await LogHost.Until(() => second.Failures > 0, "it was asked to begin the rest", stop);
        var positions = await stays.Log.Append("in", [.. Enumerable.Range(0, 100).Select(n => LogHost.Record($"key-{n}", $"{n}"))], stop);
        var its = positions.Count(position => has.Contains(position.TopicPartition));

        await LogHost.Until(() => second.Consumed.Count == its, "it consumed what it has", stop);
        second.FailsToBegin = false;
        await LogHost.Until(() => second.Consumed.Count == 100, "it began the rest", stop);
        Assert.InRange(its, 1, 99);
    }
}
