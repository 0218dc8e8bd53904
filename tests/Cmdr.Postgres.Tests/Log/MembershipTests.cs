using Cmdr.Testing;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>Members that come and go, and members that are stopped.</summary>
public sealed class MembershipTests(PostgresServer server)
{
    private static readonly TimeSpan Storm = TimeSpan.FromSeconds(8);

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Members_that_join_and_leave_without_rest_lose_nothing_double_nothing_and_keep_the_order()
    {
        var database = await server.Database(stop);
        await using var trial = new CopyTrial(database, stop);
        await trial.Host.Log.Describe(stop);
        var load = trial.Load();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var hadPartitions = 0;
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async slot =>
        {
            for (var round = 0; watch.Elapsed < Storm; round++)
            {
                var (copier, consumer) = CopyTrial.Copier(database);
                await using var ending = copier;
                // Each goes at another moment of its work: as soon as it is in, after its first slice, after some.
                var enough = (slot + round) % 3 * 100;
                await LogHost.Until(() => (!consumer.Owned.IsEmpty && consumer.Consumed.Count >= enough) || watch.Elapsed > Storm, "it has its share", stop);
                if (!consumer.Owned.IsEmpty) Interlocked.Increment(ref hadPartitions);
            }
        }));
        trial.Enough();
        await load;

        Assert.True(hadPartitions > 10, $"Members had partitions {hadPartitions} times only.");
        var (last, _) = CopyTrial.Copier(database);
        await using var copying = last;
        await trial.Check();
        Assert.Equal(0, await trial.Host.Ask<long>("select deadlocks from pg_stat_database where datname = current_database()", stop));
    }

    [Fact]
    public async Task A_member_that_beats_again_after_its_time_finds_none_of_another_kind()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 4);
        var consumer = new RecordingConsumer();
        host.Consume(new("group", ["in"], PositionKeeping.AfterSlice), consumer);
        await LogHost.Until(() => consumer.Owned.Count == 4, "it owns the partitions", stop);
        await using (var holder = await host.Source.OpenConnectionAsync(stop))
        await using (await holder.BeginTransactionAsync(stop))
        {
            await using var hold = new NpgsqlCommand("select from cmdr_log.member for update", holder);
            await hold.ExecuteNonQueryAsync(stop);
            await LogHost.Until(() => host.Ask<bool>("select bool_and(expires_at < clock_timestamp()) from cmdr_log.member", stop), "its time is over", stop);

            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await Assert.ThrowsAsync<InvalidOperationException>(() => host.Log.Consume(new("group", ["other"], PositionKeeping.AfterSlice), new RecordingConsumer(), limit.Token));
        }

        await host.AppendNumbers("in", 10, stop);
        await LogHost.Until(() => consumer.Consumed.Count == 10, "it goes on", stop);
        Assert.Empty(consumer.Lost);
    }

    [Fact]
    public async Task A_member_that_died_bars_none_of_another_kind_once_its_time_is_over()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 4);
        await host.Log.Describe(stop);
        await new TopicIds(host.Source).OfGroup("group", stop);
        await host.Execute("insert into cmdr_log.member values (1, gen_random_uuid(), clock_timestamp() - interval '1 s', '{77}', 0)", stop);
        var consumer = new RecordingConsumer();

        host.Consume(new("group", ["in"], PositionKeeping.AfterSlice), consumer);

        await LogHost.Until(() => consumer.Owned.Count == 4, "it owns the partitions", stop);
    }

    [Fact]
    public async Task A_session_that_falls_silent_with_locks_is_ended_and_holds_nobody_up()
    {
        var database = await server.Database(stop);
        await using var host = new LogHost(database, partitions: 4);
        await host.AppendNumbers("in", 100, stop);
        await using var silent = new KeptConnection(host.Source);
        var open = await silent.Open(stop);
        await using var transaction = await open.BeginTransactionAsync(stop);
        await using var hold = new NpgsqlCommand("select * from cmdr_log.partition for update", open);
        await hold.ExecuteNonQueryAsync(stop);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await LogHost.Until(async () =>
        {
            try
            {
                return (await host.Log.Append("in", [LogHost.Record("key", "after")], stop)).Count == 1;
            }
            catch (LogException)
            {
                return false; // it waited for the lock for as long as anyone waits
            }
        }, "others append", stop);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(12), $"It took {clock.Elapsed}.");
        Assert.Equal("after", (await host.Values("in", stop)).Single(value => value == "after"));
        await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await hold.ExecuteNonQueryAsync(stop));
    }

    [Fact]
    public async Task A_host_stopped_at_any_moment_holds_nobody_up_and_one_stopped_past_its_lease_commits_nothing_more()
    {
        var database = await server.Database(stop);
        await using var trial = new CopyTrial(database, stop);
        await trial.Host.Log.Describe(stop);
        using var stopped = Server.ChildProcess.Start("copier", database);
        await stopped.Says("ready");
        var load = trial.Load();
        await LogHost.Until(async () => (await trial.Host.Log.EndOf("out", stop)).Next.Sum() > 100, "it copies", stop);
        for (var moment = 0; moment < 10; moment++)
        {
            await stopped.Send("STOP");
            var clock = System.Diagnostics.Stopwatch.StartNew();
            for (var partition = 0; partition < 20; partition++) await trial.Host.Log.Append("out-of-order", [LogHost.Record($"{partition}", "free")], stop);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(4), $"It took {clock.Elapsed}.");
            await stopped.Send("CONT");
            var reached = trial.Appended;
            await LogHost.Until(() => trial.Appended > reached + 37, "it goes on for a while", stop);
        }

        await stopped.Send("STOP");
        var (heir, consumer) = CopyTrial.Copier(database);
        await using var ending = heir;
        await LogHost.Until(() => consumer.Owned.Count == 4, "another took over", stop);
        await stopped.Send("CONT");
        await LogHost.Until(() => consumer.Owned.Count == 2, "the one that was stopped joined again", stop);
        trial.Enough();
        await load;
        await trial.Check();
    }
}
