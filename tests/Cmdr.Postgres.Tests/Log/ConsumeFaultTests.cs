using System.Globalization;
using Cmdr.Testing;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>What happens to a group when hosts, connections or the server go away in the middle of it.</summary>
public sealed class ConsumeFaultTests(PostgresServer server)
{
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(15);
    private static readonly LogGroup Group = new("group", ["in"], PositionKeeping.WithOutputs) { MaxSliceRecords = 100 };

    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_that_is_cut_off_is_replaced_and_commits_nothing_more()
    {
        var database = await server.Database(stop);
        await using var heir = new LogHost(database, partitions: 4);
        await heir.Log.Describe(stop);
        await heir.Execute("create role cut_off login superuser", stop);
        await using var cutOff = new LogHost(new NpgsqlConnectionStringBuilder(database) { Username = "cut_off" }.ConnectionString);
        var (resume, working) = (new TaskCompletionSource(), new TaskCompletionSource());
        var zombie = new RecordingConsumer("out") { Before = _ => { working.TrySetResult(); return resume.Task; } };
        cutOff.Consume(Group, zombie);
        await heir.AppendNumbers("in", 1000, stop);
        await working.Task.WaitAsync(stop);

        await heir.Execute("alter role cut_off nologin; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cut_off'", stop);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var replacement = new RecordingConsumer("out");
        heir.Consume(Group, replacement);
        await LogHost.Until(() => replacement.Owned.Count == 4, "the other host took over", stop);
        Assert.True(clock.Elapsed < TakeOver, $"It took {clock.Elapsed}.");
        await LogHost.Until(() => replacement.Consumed.Count == 1000, "it consumed everything", stop);

        await heir.Execute("alter role cut_off login", stop);
        resume.SetResult();
        await LogHost.Until(() => zombie.Aborted == 1 && zombie.Lost.Count == 4, "the host that was cut off heard so", stop);
        Assert.Empty(zombie.Consumed);
        Assert.Equal(Numbers(1000), Sorted(await heir.Values("out", stop)));
    }

    [Fact]
    public async Task A_server_that_restarts_in_the_middle_loses_nothing_and_doubles_nothing()
    {
        await using var own = new PostgresServer();
        await using var host = new LogHost(await own.Database(stop), partitions: 4);
        await host.AppendNumbers("in", 5000, stop);
        var consumer = new RecordingConsumer("out") { Before = async _ => await Task.Yield() };
        host.Consume(Group, consumer);
        for (var restart = 1; restart <= 2; restart++)
        {
            await LogHost.Until(() => consumer.Consumed.Count > 500 * restart, "it consumes", stop);
            await own.Restart(stop);
        }

        await LogHost.Until(() => consumer.Consumed.Count >= 5000, "it consumed everything", stop);

        Assert.Equal(Numbers(5000), Sorted(await host.Values("out", stop)));
    }

    [Fact]
    public async Task A_commit_whose_connection_dies_is_made_once()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 4);
        await host.AppendNumbers("in", 3000, stop);
        await host.Log.EndOf("out", stop);
        await host.Execute(
            """
            create sequence public.deaths;
            create function public.die() returns trigger language plpgsql as $$ begin
                if nextval('public.deaths') % 30 = 0 then perform pg_terminate_backend(pg_backend_pid()); end if;
                return new;
            end $$;
            create trigger die before insert on cmdr_log.batch for each row execute function public.die();
            """, stop);
        var consumer = new RecordingConsumer("out");

        host.Consume(Group, consumer);
        await LogHost.Until(() => consumer.Consumed.Count >= 3000, "it consumed everything", stop);

        Assert.True(await host.Ask<long>("select last_value - (select count(*) from cmdr_log.batch where topic = (select id from cmdr_log.topic where name = 'out')) from public.deaths", stop) > 0, "No connection died.");
        Assert.Equal(Numbers(3000), Sorted(await host.Values("out", stop)));
    }

    [Fact]
    public async Task A_commit_that_was_made_but_not_answered_is_not_made_again()
    {
        var database = await server.Database(stop);
        await using var direct = new LogHost(database, partitions: 4);
        await direct.Log.Append("in", [LogHost.Record("key", "cut here")], stop);
        using var proxy = new CuttingProxy(database, "cut here");
        await using var host = new LogHost(proxy.Database);
        var consumer = new RecordingConsumer("out");

        host.Consume(Group, consumer);
        await LogHost.Until(() => consumer.Consumed.Count == 1, "it was told that the slice is committed", stop);
        await direct.Log.Append("in", [LogHost.Record("key", "after")], stop);
        await LogHost.Until(() => consumer.Consumed.Count == 2, "it goes on", stop);

        Assert.Equal(1, proxy.Cuts);
        Assert.Equal(0, consumer.Aborted);
        Assert.Equal(["cut here", "after"], await direct.Values("out", stop));
    }

    [Fact]
    public async Task A_lost_notification_delays_and_loses_nothing()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 4);
        var consumer = new RecordingConsumer();
        host.Consume(Group, consumer);
        await LogHost.Until(() => consumer.Owned.Count == 4, "it owns the partitions", stop);
        await using var silent = await host.Source.OpenConnectionAsync(stop);
        var identity = await host.Ask<Guid>("select identity from cmdr_log.log", stop);
        using var batch = new RecordBatch();
        batch.Add(await new TopicIds(host.Source).Of("in", stop), "in", 2, LogHost.Record("key", "unannounced"));

        await Query.Rows(silent, Sql.Append, Bind, _ => true, stop);

        await LogHost.Until(() => consumer.Consumed.Contains("unannounced"), "it was consumed", stop);

        void Bind(NpgsqlParameterCollection parameters)
        {
            batch.AddTo(parameters);
            parameters.With(identity);
        }
    }

    [Fact]
    public async Task Members_and_appenders_at_once_do_not_deadlock()
    {
        const int Appenders = 8, Rounds = 40;
        var database = await server.Database(stop);
        await using var one = new LogHost(database, partitions: 8);
        await one.Log.Describe(stop);
        await using var other = new LogHost(database);
        var (consumers, copies) = (new[] { new RecordingConsumer("out"), new RecordingConsumer("out") }, new RecordingConsumer("in-again"));
        one.Consume(Group, consumers[0]);
        other.Consume(Group, consumers[1]);
        other.Consume(new("copies", ["out"], PositionKeeping.WithOutputs), copies);

        await Task.WhenAll(Enumerable.Range(0, Appenders).Select(async appender =>
        {
            var log = (appender % 2 == 0 ? one : other).Log;
            for (var round = 0; round < Rounds; round++)
            {
                var numbers = Enumerable.Range(((appender * Rounds) + round) * 20, 20);
                await log.Append("in", [.. numbers.Reverse().Select(n => LogHost.Record($"key-{n}", $"{n}"))], stop);
                await log.Append("out-of-order", [.. numbers.Select(n => LogHost.Record($"key-{n}", $"{n}"))], stop);
            }
        }));
        await LogHost.Until(() => copies.Consumed.Count == Appenders * Rounds * 20, "everything was consumed twice over", stop);

        Assert.Equal(Numbers(Appenders * Rounds * 20), Sorted(await one.Values("in-again", stop)));
        Assert.Equal(0, await one.Ask<long>("select deadlocks from pg_stat_database where datname = current_database()", stop));
    }

    [Fact]
    public async Task A_host_that_leaves_hands_over_at_once()
    {
        var database = await server.Database(stop);
        await using var leaves = new LogHost(database, partitions: 4);
        await leaves.Log.Describe(stop);
        await using var stays = new LogHost(database);
        var (first, second) = (new RecordingConsumer(), new RecordingConsumer());
        leaves.Consume(Group, first);
        stays.Consume(Group, second);
        await LogHost.Until(() => first.Owned.Count == 2 && second.Owned.Count == 2, "they share", stop);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await leaves.Stop();
        await LogHost.Until(() => second.Owned.Count == 4, "the other has it all", stop);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), $"It took {clock.Elapsed}.");
    }

    private static IEnumerable<int> Numbers(int count) => Enumerable.Range(0, count);

    private static IEnumerable<int> Sorted(IEnumerable<string> values) => values.Select(value => int.Parse(value, CultureInfo.InvariantCulture)).Order();
}
