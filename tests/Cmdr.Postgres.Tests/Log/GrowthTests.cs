using System.Text;
using Cmdr.Testing;
using Npgsql;
using Xunit;

namespace Cmdr.Postgres.Tests;

/// <summary>How the tables of the log bear that they grow for ever.</summary>
public sealed class GrowthTests(PostgresServer server)
{
    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_changes_with_every_commit_is_updated_in_place()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 4);
        var consumer = new RecordingConsumer("out");
        host.Consume(new("group", ["in"], PositionKeeping.WithOutputs) { MaxSliceRecords = 10 }, consumer);
        await host.AppendNumbers("in", 4000, stop);
        await LogHost.Until(() => consumer.Consumed.Count == 4000, "it consumed everything", stop);
        await host.Stop();

        foreach (var table in (string[])["partition", "lease"])
        {
            var updates = $"from pg_stat_user_tables where schemaname = 'cmdr_log' and relname = '{table}'";
            await LogHost.Until(async () => await host.Ask<long>($"select n_tup_upd {updates}", stop) > 300, $"the server counted the updates of {table}", stop);
            Assert.InRange(await host.Ask<double>($"select n_tup_hot_upd::float8 / n_tup_upd {updates}", stop), 0.95, 1);
        }
    }

    [Fact]
    public async Task Records_of_one_append_share_rows_that_a_page_holds_and_are_read_one_by_one()
    {
        await using var host = new LogHost(await server.Database(stop), partitions: 4);
        var sizes = Enumerable.Range(0, 500).Select(n => n % 50 == 7 ? 20_000 : n * 37 % 900).ToList();
        var positions = await host.Log.Append("events", [.. sizes.Select((size, n) => LogHost.Record("key", $"{n}".PadRight(size, '.')))], stop);

        Assert.Equal(Enumerable.Range(0, 500).Select(n => (long)n), positions.Select(position => position.Offset));
        Assert.InRange(await host.Ask<long>("select count(*) from cmdr_log.batch", stop), 30, 100);
        Assert.Equal(0, await host.Ask<long>("select count(*) from cmdr_log.batch where count > 1 and pg_column_size(payload) > 8112", stop));
        Assert.Equal(0, await host.Ask<long>("select count(*) from cmdr_log.batch where pg_column_size(payload) < octet_length(payload)", stop));
        var read = await host.Log.ReadAt(positions, stop);
        Assert.Equal(sizes.Select((size, n) => $"{n}".PadRight(size, '.')), read.Select(record => Encoding.UTF8.GetString(record!.Record.Value.Span))); // all are there
        Assert.Null((await host.Log.ReadAt([positions[0] with { Offset = 500 }], stop))[0]);
        await ReadsFromTheMiddle(host, positions[0].Partition);
    }

    /// <summary>Whatever row a cursor points into, what comes begins with its record and has no more than was asked for.</summary>
    private async Task ReadsFromTheMiddle(LogHost host, int partition)
    {
        var topic = await new TopicIds(host.Source).Of("events", stop);
        for (var next = 0L; next < 500; next += 23)
        {
            var page = await LaneReader.Read(host.Source, [new(topic, new("events", partition), next)], 10, 3000, stop);
            Assert.Equal(Enumerable.Range((int)next, page.Count).Select(n => (long)n), page.Select(record => record.Position.Offset));
            Assert.InRange(page.Count, 1, 10);
            Assert.True(page.Count == 1 || page.Sum(record => record.Record.Bytes) <= 3000);
        }
    }

    [Fact]
    public async Task Records_of_a_row_each_as_earlier_versions_kept_them_are_migrated()
    {
        await using var host = new LogHost(await server.Database(stop));
        await host.Execute($"{Sql.FoundSchema}; {Sql.Migrations[0]}; insert into cmdr_log.migration (version) values (1); insert into cmdr_log.log (partitions) values (4)", stop);
        await host.Execute(
            """
            insert into cmdr_log.topic (name) values ('events');
            insert into cmdr_log.partition (topic, partition, next_offset) select 1, n, case when n = 1 then 3 else 0 end from generate_series(0, 3) n;
            insert into cmdr_log.record values (1, 1, 0, 'key', 'first', '\x0563655f69640131'), (1, 1, 1, 'key', convert_to(repeat('x', 300), 'UTF8'), ''), (1, 1, 2, 'key', convert_to(repeat('y', 70000), 'UTF8'), '');
            """, stop);

        var read = await host.Log.ReadAt([new("events", 1, 0), new("events", 1, 1), new("events", 1, 2)], stop);
        var next = await host.Log.Append("events", [new("key"u8.ToArray(), "next"u8.ToArray(), [])], stop);

        Assert.Equal(["first", new('x', 300), new('y', 70000)], read.Select(record => Encoding.UTF8.GetString(record!.Record.Value.Span))); // all are there
        var header = Assert.Single(read[0]!.Record.Headers); // it is there, as above
        Assert.Equal(("ce_id", "1"), (header.Name, Encoding.UTF8.GetString(header.Value.Span)));
        Assert.Equal(new("events", 1, 3), Assert.Single(next));
    }

    [Fact]
    public async Task People_read_every_known_header_by_its_name_and_a_record_by_its_position()
    {
        await using var host = new LogHost(await server.Database(stop));
        var record = new LogRecord("key"u8.ToArray(), "value"u8.ToArray(), [.. HeaderNames.Known.Append("foreign").Select(name => new LogHeader(name, Encoding.UTF8.GetBytes($"of {name}")))]);
        var position = Assert.Single(await host.Log.Append("events", [record], stop));
        await host.Log.Append("events", [LogHost.Record("key", "another"), LogHost.Record("key", "one more")], stop);

        var names = await host.Ask<string[]>("select array(select header ->> 'name' from cmdr_log.readable r, jsonb_array_elements(r.headers) header where r.value = 'value')", stop);
        Assert.Equal(record.Headers.Select(header => header.Name), names);
        Assert.Equal(record.Headers, (await host.Log.ReadAt([position], stop))[0]!.Record.Headers, Same); // it is there
        Assert.Equal("one more", await host.Ask<string>($"select value from cmdr_log.at('events', {position.Partition}, 2)", stop));
    }

    [Fact]
    public async Task The_table_is_split_by_ranges_of_offsets_while_hosts_append_and_read()
    {
        var database = await server.Database(stop);
        await using var trial = new CopyTrial(database, stop);
        await trial.Host.Log.Describe(stop);
        var (copier, consumer) = CopyTrial.Copier(database);
        await using var ending = copier;
        var load = trial.Load();
        await LogHost.Until(() => consumer.Consumed.Count > 500, "hosts append and consume", stop);
        var at = await trial.Host.Ask<long>("select max(next_offset) + 600 from cmdr_log.partition", stop);

        await using (var split = await trial.Host.Source.OpenConnectionAsync(stop))
        {
            await using var settings = new NpgsqlCommand($"set cmdr.split_at = '{at}'; set cmdr.split_width = '100000'; set cmdr.split_ranges = '3'", split);
            await settings.ExecuteNonQueryAsync(stop);
            await using var script = new NpgsqlCommand(Sql.SplitByRange, split);
            await script.ExecuteNonQueryAsync(stop);
        }

        await LogHost.Until(async () => await trial.Host.Ask<long>("select count(*) from cmdr_log.batch_1", stop) > 0, "hosts append to the second range", stop);
        trial.Enough();
        await load;
        await trial.Check();
        Assert.Empty(trial.Refused);
        Assert.Equal(
            await trial.Host.Ask<long>("select sum(next_offset)::bigint from cmdr_log.partition", stop), await trial.Host.Ask<long>("select count(*) from cmdr_log.readable", stop));
    }

    private static bool Same(LogHeader one, LogHeader other) => one.Name == other.Name && one.Value.Span.SequenceEqual(other.Value.Span);
}
