using Cmdr.Testing;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>What a commit of a slice takes for granted, taken away from under it.</summary>
public sealed class CommitTests(PostgresServer server)
{
    private static readonly LogGroup Group = new("group", ["in"], PositionKeeping.WithOutputs);

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lease_that_names_another_member_is_a_fence_whatever_its_epoch()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 1);
        var consumer = new RecordingConsumer("out");
        var stolen = 0;
        consumer.Before = async _ =>
        {
            if (stolen++ == 0) await host.Execute("update cmdr_log.lease set member = gen_random_uuid()", stop);
        };

        host.Consume(Group, consumer);
        await host.Log.Append("in", [LogHost.Record("key", "value")], stop);
        await LogHost.Until(() => consumer.Consumed.Count == 1, "it was consumed once the member joined anew", stop);

        Assert.Equal(1, consumer.Aborted);
        Assert.Equal(["value"], await host.Values("out", stop));
    }

    [Fact]
    public async Task A_slice_whose_outputs_have_no_partition_any_more_moves_no_position()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 1);
        var consumer = new RecordingConsumer("out") { Before = _ => host.Execute("delete from cmdr_log.partition where topic = (select id from cmdr_log.topic where name = 'out')", stop) };
        await host.Log.EndOf("out", stop);
        await host.Log.Append("in", [LogHost.Record("key", "value")], stop);

        var refused = await Assert.ThrowsAsync<LogException>(() => host.Log.Consume(Group, consumer, stop).WaitAsync(TimeSpan.FromSeconds(20), stop));

        Assert.Contains("restart it", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, consumer.Aborted);
        Assert.Equal(0, await host.Ask<long>("select count(*) from cmdr_log.lease where next_offset is not null", stop));
    }

    [Fact]
    public async Task A_commit_that_was_not_answered_is_found_even_where_another_took_a_part_of_it_since()
    {
        var database = await server.Database(stop);
        await using var direct = new LogHost(database, partitions: 4);
        await direct.Log.Append("in", [.. Enumerable.Range(0, 20).Select(n => LogHost.Record($"key-{n}", $"cut here {n}"))], stop);
        await direct.Log.EndOf("out", stop);
        await direct.Execute(
            """
            create function public.slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(2); return null; end $$;
            create trigger slowly after insert on cmdr_log.batch execute function public.slowly();
            """, stop);
        using var proxy = new CuttingProxy(database, "cut here");
        await using var host = new LogHost(proxy.Database);
        var consumer = new RecordingConsumer("out");

        host.Consume(Group, consumer);
        await LogHost.Until(
            () => direct.Ask<bool>("select exists (select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep')", stop), "it commits", stop);
        // Waits for the commit, and comes before the host asks what became of it.
        await direct.Execute("update cmdr_log.lease set member = gen_random_uuid(), epoch = epoch + 1 where partition = 1", stop);
        await LogHost.Until(() => consumer.Consumed.Count == 20, "it was told that the slice is committed", stop);

        Assert.Equal((1, 0), (proxy.Cuts, consumer.Aborted));
        Assert.Equal(20, (await direct.Values("out", stop)).Count);
    }
}
