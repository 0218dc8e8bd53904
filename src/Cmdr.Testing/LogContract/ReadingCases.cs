using System.Globalization;

namespace Cmdr.Testing;

/// <summary>Readers without a group: they catch up, then tail, from a cursor that survives as text.</summary>
internal sealed class ReadingCases(LogTrial trial)
{
    public async Task A_reader_catches_up_then_tails()
    {
        var topic = trial.Topic("in");
        await trial.AppendMany(topic, 30).ConfigureAwait(false);
        var (count, appended) = (0, 30);

        await foreach (var page in trial.Log.Read(trial.Beginning(topic), trial.CancellationToken).ConfigureAwait(false))
        {
            count += page.Records.Count;
            if (count == 33) return;
            if (count == appended) await trial.AppendMany(topic, 1, appended++).ConfigureAwait(false);
        }

        throw new ExpectationException("The reader ended though nobody cancelled it.");
    }

    public async Task A_reader_goes_on_from_a_cursor_without_gap_or_duplicate()
    {
        var (topic, seen) = (trial.Topic("in"), new List<LoggedRecord>());
        var after = trial.Beginning(topic);
        for (var part = 0; part < 4; part++)
        {
            await trial.AppendMany(topic, 25, part * 25).ConfigureAwait(false);
            await foreach (var page in trial.Log.Read(after, trial.CancellationToken).ConfigureAwait(false))
            {
                seen.AddRange(page.Records);
                Expect.That(page.Records.All(record => page.Cursor.Includes(record.Position)), "a page's cursor includes its records");
                Expect.That(page.Cursor.Covers(after), "a page's cursor is not before that of the page before it");
                Expect.That(Cursor.TryParse(page.Cursor.ToString(), out after!), "a page's cursor can be read from its text");
                if (page.Records.Count == 0 && seen.Count >= (part + 1) * 25) break;
            }
        }

        var values = seen.Select(record => int.Parse(LogTrial.Value(record), CultureInfo.InvariantCulture));
        Expect.Sequence(Enumerable.Range(0, 100), values.Order(), "The values read");
    }

    public async Task A_reader_is_told_of_progress_where_nothing_comes()
    {
        var topic = trial.Topic("in");
        await trial.AppendMany(topic, 10).ConfigureAwait(false);
        var end = await trial.Log.EndOf(topic, trial.CancellationToken).ConfigureAwait(false);
        var empty = 0;

        await foreach (var page in trial.Log.Read(end, trial.CancellationToken).ConfigureAwait(false))
        {
            Expect.Equal(0, page.Records.Count, "The records of a page after the end");
            Expect.Equal(end, page.Cursor, "The cursor of an empty page");
            if (++empty == 2) return;
        }
    }

    public async Task Everything_below_the_end_is_readable()
    {
        var topic = trial.Topic("in");
        Expect.Equal(trial.Beginning(topic), await trial.Log.EndOf(topic, trial.CancellationToken).ConfigureAwait(false), "The end of a topic that nobody used");
        var positions = await trial.Append(topic, [.. Enumerable.Range(0, 30).Select(n => LogTrial.Record($"key-{n}", $"{n}"))]).ConfigureAwait(false);

        var end = await trial.Log.EndOf(topic, trial.CancellationToken).ConfigureAwait(false);

        Expect.That(positions.All(end.Includes), "the end includes what was appended");
        Expect.Equal(30, (await trial.ReadAll(topic).ConfigureAwait(false)).Count, "The records up to the end");
    }

    public async Task A_reader_at_the_end_gets_what_is_new_and_nothing_else()
    {
        var topic = trial.Topic("in");
        await trial.AppendMany(topic, 10).ConfigureAwait(false);
        var end = await trial.Log.EndOf(topic, trial.CancellationToken).ConfigureAwait(false);
        await trial.AppendMany(topic, 5, from: 10).ConfigureAwait(false);

        var records = await trial.Read(end, 5).ConfigureAwait(false);

        Expect.Sequence(["10", "11", "12", "13", "14"], records.Select(LogTrial.Value).Order(StringComparer.Ordinal), "The values read");
    }

    public async Task Records_are_read_at_positions_in_the_order_asked_for()
    {
        var topic = trial.Topic("in");
        var positions = await trial.Append(topic, [.. Enumerable.Range(0, 9).Select(n => LogTrial.Record($"key-{n}", $"{n}"))]).ConfigureAwait(false);
        Position[] asked =
        [
            positions[7], new(topic, 0, 1_000_000), positions[2], positions[2], new(topic, trial.Description.Partitions, 0), positions[0], new(trial.Topic("other"), 0, 0),
        ];

        var found = await trial.Log.ReadAt(asked, trial.CancellationToken).ConfigureAwait(false);

        Expect.Sequence(["7", "none", "2", "2", "none", "0", "none"], found.Select(record => record is null ? "none" : LogTrial.Value(record)), "The records");
    }

    public async Task A_slow_reader_holds_nobody_up_and_misses_nothing()
    {
        var topic = trial.Topic("in");
        var value = new string('x', 20_000);
        var slow = trial.Log.Read(trial.Beginning(topic), trial.CancellationToken).GetAsyncEnumerator(trial.CancellationToken);
        await using var _ = slow.ConfigureAwait(false);
        await slow.MoveNextAsync().ConfigureAwait(false);
        for (var i = 0; i < 10; i++)
        {
            await trial.Append(topic, [.. Enumerable.Range(0, 100).Select(n => LogTrial.Record($"key-{n}", value))]).ConfigureAwait(false);
        }

        await trial.Read(trial.Beginning(topic), 1000).ConfigureAwait(false);
        var count = slow.Current.Records.Count;
        for (; count < 1000; count += slow.Current.Records.Count) await slow.MoveNextAsync().ConfigureAwait(false);

        Expect.Equal(1000, count, "The records that the slow reader got");
    }

    public async Task A_reader_that_is_cancelled_stops()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(trial.CancellationToken);
        var pages = trial.Log.Read(trial.Beginning(trial.Topic("in")), stop.Token).GetAsyncEnumerator(stop.Token);
        await using var _ = pages.ConfigureAwait(false);
        await pages.MoveNextAsync().ConfigureAwait(false);

        await stop.CancelAsync().ConfigureAwait(false);

        try
        {
            while (await pages.MoveNextAsync().ConfigureAwait(false)) Expect.Equal(0, pages.Current.Records.Count, "The records of a page");
        }
        catch (OperationCanceledException) when (!trial.CancellationToken.IsCancellationRequested)
        {
            // A reader may end or throw; what counts is that it stops.
        }
    }

    public async Task A_cursor_of_another_log_is_refused() =>
        await Refused(trial.Beginning(trial.Topic("in")) with { Log = "another" }, CursorException.OtherLog).ConfigureAwait(false);

    public async Task A_cursor_past_the_end_is_refused()
    {
        var topic = trial.Topic("in");
        await trial.AppendMany(topic, 10).ConfigureAwait(false);
        var end = await trial.Log.EndOf(topic, trial.CancellationToken).ConfigureAwait(false);
        await Refused(end with { Next = end.Next.SetItem(1, end.Next[1] + 1) }, CursorException.BeyondEnd).ConfigureAwait(false);
    }

    public async Task A_cursor_of_another_partition_count_is_refused()
    {
        var beginning = trial.Beginning(trial.Topic("in"));
        await Refused(beginning with { Next = beginning.Next.Add(0) }, CursorException.Malformed).ConfigureAwait(false);
        await Refused(beginning with { Next = [] }, CursorException.Malformed).ConfigureAwait(false);
        await Refused(beginning with { Next = beginning.Next.SetItem(0, -1) }, CursorException.Malformed).ConfigureAwait(false);
    }

    public async Task A_log_that_is_made_anew_refuses_the_cursors_of_the_old_one()
    {
        var topic = trial.Topic("in");
        await trial.AppendMany(topic, 10).ConfigureAwait(false);
        var old = await trial.Log.EndOf(topic, trial.CancellationToken).ConfigureAwait(false);

        await trial.Recreate().ConfigureAwait(false);

        var anew = await trial.OpenLog().ConfigureAwait(false);
        var description = await anew.Describe(trial.CancellationToken).ConfigureAwait(false);
        Expect.That(description.Identity != trial.Description.Identity, "the log made anew has another identity");
        await Refused(old, CursorException.OtherLog, anew).ConfigureAwait(false);
        Expect.Equal(Cursor.Beginning(description, topic), await anew.EndOf(topic, trial.CancellationToken).ConfigureAwait(false), "The end of a topic made anew");
    }

    private async Task Refused(Cursor cursor, string code, ILog? log = null)
    {
        var refused = await Expect.Throws<CursorException>(
            async () =>
            {
                await foreach (var page in (log ?? trial.Log).Read(cursor, trial.CancellationToken).ConfigureAwait(false)) break;
            },
            $"Reading after {string.Join(",", cursor.Next)}").ConfigureAwait(false);
        Expect.Equal(code, refused.Code, "The code");
    }
}
