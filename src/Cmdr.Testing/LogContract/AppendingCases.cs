using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cmdr.Testing;

/// <summary>What is appended stays: all of it, as it was, in order, on the partition of its key.</summary>
internal sealed class AppendingCases(LogTrial trial)
{
    public async Task Records_are_read_in_the_order_in_which_they_were_appended()
    {
        var topic = trial.Topic("in");
        for (var i = 0; i < 5; i++) await trial.AppendMany(topic, 40, i * 40).ConfigureAwait(false);

        var records = await trial.Read(trial.Beginning(topic), 200).ConfigureAwait(false);

        foreach (var partition in records.GroupBy(record => record.Position.Partition))
        {
            var values = partition.Select(record => int.Parse(LogTrial.Value(record), CultureInfo.InvariantCulture)).ToList();
            Expect.Sequence(values.Order(), values, $"The values on partition {partition.Key}");
            var offsets = partition.Select(record => record.Position.Offset).ToList();
            Expect.Sequence(offsets.Order().Distinct(), offsets, $"The offsets on partition {partition.Key}");
        }
    }

    public async Task An_append_tells_where_each_of_its_records_is()
    {
        var topic = trial.Topic("in");
        var records = Enumerable.Range(0, 50).Select(n => LogTrial.Record($"key-{n}", $"{n}")).ToArray();

        var positions = await trial.Append(topic, records).ConfigureAwait(false);

        var found = await trial.Log.ReadAt(positions, trial.CancellationToken).ConfigureAwait(false);
        Expect.Sequence(Enumerable.Range(0, 50).Select(n => $"{n}"), found.Select(record => record is null ? "none" : LogTrial.Value(record)), "The records at the positions");
        Expect.Sequence(positions, found.Select(record => record!.Position), "The positions"); // none is null: compared above
    }

    public async Task A_record_is_on_the_partition_of_its_key_by_murmur2()
    {
        var topic = trial.Topic("in");
        byte[][] keys = [[], [0], [0xff, 0xfe], .. Enumerable.Range(0, 60).Select(n => Encoding.UTF8.GetBytes($"account/{n}"))];

        var positions = await trial.Append(topic, [.. keys.Select(key => new LogRecord(key, default, []))]).ConfigureAwait(false);

        Expect.Sequence(keys.Select(key => Murmur2.Partition(key, trial.Description.Partitions)), positions.Select(position => position.Partition), "The partitions");
    }

    public async Task What_was_appended_is_there_when_the_log_is_opened_again()
    {
        var topic = trial.Topic("in");
        await trial.AppendMany(topic, 20).ConfigureAwait(false);

        var again = await trial.OpenLog().ConfigureAwait(false);

        Expect.Equal(trial.Description, await again.Describe(trial.CancellationToken).ConfigureAwait(false), "The description of the log opened again");
        await trial.Read(trial.Beginning(topic), 20, again).ConfigureAwait(false);
    }

    public async Task Concurrent_appends_land_once_each_and_in_the_order_of_each_caller()
    {
        const int Callers = 40, Each = 10;
        var topic = trial.Topic("in");
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var n = 0; n < Each; n++) await trial.Append(topic, LogTrial.Record($"caller-{caller}", $"{caller}:{n}")).ConfigureAwait(false);
        })).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(n => trial.Append(topic, LogTrial.Record($"alone-{n}", "alone")))).ConfigureAwait(false);

        var records = await trial.ReadAll(topic).ConfigureAwait(false);

        Expect.Equal((Callers * Each) + 300, records.Count, "The records on the topic");
        for (var caller = 0; caller < Callers; caller++)
        {
            var own = records.Select(LogTrial.Value).Where(value => value.StartsWith($"{caller}:", StringComparison.Ordinal));
            Expect.Sequence(Enumerable.Range(0, Each).Select(n => $"{caller}:{n}"), own, $"The records of caller {caller}");
        }
    }

    public async Task A_record_of_1_MiB_is_kept()
    {
        var topic = trial.Topic("in");
        var value = RandomNumberGenerator.GetBytes(1024 * 1024);

        await trial.Append(topic, new LogRecord("large"u8.ToArray(), value, [])).ConfigureAwait(false);

        var record = (await trial.Read(trial.Beginning(topic), 1).ConfigureAwait(false))[0];
        Expect.That(record.Record.Value.Span.SequenceEqual(value), "the value comes back byte for byte");
    }

    public async Task Headers_keep_their_order_their_repeats_and_any_bytes()
    {
        var topic = trial.Topic("in");
        LogHeader[] headers =
        [
            new("ce_id", "1"u8.ToArray()), new("unknown", default), new("repeated", "b"u8.ToArray()),
            new("binary", Enumerable.Range(0, 256).Select(n => (byte)n).ToArray()), new("repeated", "a"u8.ToArray()), new("ünïcode", "ü"u8.ToArray()),
        ];

        await trial.Append(topic, new LogRecord("key"u8.ToArray(), "value"u8.ToArray(), headers)).ConfigureAwait(false);

        var found = (await trial.Read(trial.Beginning(topic), 1).ConfigureAwait(false))[0].Record.Headers;
        Expect.Sequence(headers.Select(Show), found.Select(Show), "The headers");

        static string Show(LogHeader header) => $"{header.Name}={Convert.ToHexString(header.Value.Span)}";
    }

    public async Task Empty_values_empty_keys_and_keys_that_are_not_UTF8_are_kept()
    {
        var topic = trial.Topic("in");
        byte[][] keys = [[], [0xc3, 0x28], [0x00], [0xff, 0x00, 0xfe]];

        var positions = await trial.Append(topic, [.. keys.Select(key => new LogRecord(key, default, []))]).ConfigureAwait(false);

        var found = await trial.Log.ReadAt(positions, trial.CancellationToken).ConfigureAwait(false);
        Expect.Sequence(keys.Select(Convert.ToHexString), found.Select(record => Convert.ToHexString(record!.Record.Key.Span)), "The keys"); // null would fail the case
        Expect.That(found.All(record => record!.Record.Value.IsEmpty), "the values are empty");
    }

    public async Task A_record_that_is_too_large_is_refused_and_nothing_is_appended()
    {
        var topic = trial.Topic("in");
        var large = new LogRecord("large"u8.ToArray(), new byte[LogRecord.MaxBytes], []);

        await Expect.Throws<RecordTooLargeException>(() => trial.Append(topic, LogTrial.Record("small", "1"), large), "Appending it").ConfigureAwait(false);

        Expect.Equal(0, (await trial.ReadAll(topic).ConfigureAwait(false)).Count, "The records on the topic");
        await trial.Append(topic, large with { Value = new byte[LogRecord.MaxBytes - large.Key.Length] }).ConfigureAwait(false);
    }

    public async Task An_append_of_nothing_appends_nothing()
    {
        var topic = trial.Topic("in");

        var positions = await trial.Append(topic).ConfigureAwait(false);

        Expect.Equal(0, positions.Count, "The positions");
        Expect.Equal(trial.Beginning(topic), await trial.Log.EndOf(topic, trial.CancellationToken).ConfigureAwait(false), "The end of the topic");
    }

    public async Task A_caller_may_reuse_its_buffers_once_the_append_has_returned()
    {
        var topic = trial.Topic("in");
        var buffer = "before"u8.ToArray();
        await trial.Append(topic, new LogRecord(buffer, buffer, [new("h", buffer)])).ConfigureAwait(false);

        "after!"u8.CopyTo(buffer);

        var record = (await trial.Read(trial.Beginning(topic), 1).ConfigureAwait(false))[0].Record;
        Expect.That(
            record.Key.Span.SequenceEqual("before"u8) && record.Value.Span.SequenceEqual("before"u8) && record.Headers[0].Value.Span.SequenceEqual("before"u8),
            "the record is as it was appended");
    }

    public async Task An_append_that_is_cancelled_before_it_begins_appends_nothing()
    {
        var topic = trial.Topic("in");

        await Expect.Throws<OperationCanceledException>(
            () => trial.Log.Append(topic, [LogTrial.Record("key", "value")], new(canceled: true)), "Appending with a cancelled token").ConfigureAwait(false);

        Expect.Equal(0, (await trial.ReadAll(topic).ConfigureAwait(false)).Count, "The records on the topic");
    }

    public async Task Topics_do_not_mix()
    {
        var (one, other) = (trial.Topic("one"), trial.Topic("other"));
        await trial.Append(one, LogTrial.Record("key", "one")).ConfigureAwait(false);
        await trial.Append(other, LogTrial.Record("key", "other")).ConfigureAwait(false);

        Expect.Sequence(["one"], (await trial.ReadAll(one).ConfigureAwait(false)).Select(LogTrial.Value), "The records on the one");
        Expect.Sequence(["other"], (await trial.ReadAll(other).ConfigureAwait(false)).Select(LogTrial.Value), "The records on the other");
    }
}
