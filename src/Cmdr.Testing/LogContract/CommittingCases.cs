namespace Cmdr.Testing;

/// <summary>What a slice appends and the group's position are committed together or not at all.</summary>
internal sealed class CommittingCases(LogTrial trial)
{
    private readonly string input = trial.Topic("in");
    private readonly string output = trial.Topic("out");
    private readonly LogGroup group = trial.Group(PositionKeeping.WithOutputs, trial.Topic("in"));

    public async Task Outputs_are_read_in_the_order_in_which_they_were_appended()
    {
        var other = trial.Topic("other");
        await trial.Join(group, member => member.OnConsume = (slice, _) =>
        {
            for (var n = 0; n < 10; n++)
            {
                slice.Append(output, LogTrial.Record("key", $"{n}"));
                slice.Append(other, LogTrial.Record("key", $"other {n}"));
            }

            return Task.CompletedTask;
        }).ConfigureAwait(false);

        await trial.Append(input, LogTrial.Record("key", "go")).ConfigureAwait(false);

        Expect.Sequence(Enumerable.Range(0, 10).Select(n => $"{n}"), (await trial.Read(trial.Beginning(output), 10).ConfigureAwait(false)).Select(LogTrial.Value), "The outputs");
        Expect.Sequence(
            Enumerable.Range(0, 10).Select(n => $"other {n}"), (await trial.ReadAll(other).ConfigureAwait(false)).Select(LogTrial.Value), "The outputs on another topic");
    }

    public async Task Outputs_may_go_to_the_topic_that_is_consumed()
    {
        var member = await trial.Join(group, echoes => echoes.OnConsume = (slice, _) =>
        {
            foreach (var record in slice.Records.Where(record => LogTrial.Value(record).Length < 4)) slice.Append(input, LogTrial.Record("key", LogTrial.Value(record) + "x"));
            return Task.CompletedTask;
        }).ConfigureAwait(false);

        await trial.Append(input, LogTrial.Record("key", "x")).ConfigureAwait(false);

        await trial.Until(() => member.Values.Count() == 4, "the outputs were consumed in turn").ConfigureAwait(false);
        Expect.Sequence(["x", "xx", "xxx", "xxxx"], member.Values, "The values consumed");
    }

    public async Task A_slice_that_fails_leaves_nothing_and_comes_again_as_it_was()
    {
        await trial.AppendMany(input, 20).ConfigureAwait(false);
        var tries = 0;
        var member = await trial.Join(group, fails => fails.OnConsume = (slice, _) =>
        {
            foreach (var record in slice.Records) slice.Append(output, record.Record);
            return ++tries <= 2 ? throw new InvalidOperationException("The first two tries fail, as the case wants it.") : Task.CompletedTask;
        }).ConfigureAwait(false);

        await trial.Until(() => member.Values.Count() == 20, "the records were consumed").ConfigureAwait(false);

        Expect.Equal(2, member.Aborted.Count, "The slices aborted");
        var missing = member.Aborted.SelectMany(slice => slice.Records).Select(record => record.Position).Except(member.Committed.SelectMany(slice => slice.Records).Select(record => record.Position));
        Expect.Equal(0, missing.Count(), "The records of aborted slices that did not come again");
        Expect.Equal(20, (await trial.ReadAll(output).ConfigureAwait(false)).Count, "The outputs");
    }

    public async Task After_slice_a_slice_that_fails_comes_again()
    {
        await trial.AppendMany(input, 20).ConfigureAwait(false);
        var tries = 0;
        var member = await trial.Join(
            group with { Keeping = PositionKeeping.AfterSlice },
            fails => fails.OnConsume = (_, _) => ++tries <= 2 ? throw new InvalidOperationException("The first two tries fail, as the case wants it.") : Task.CompletedTask).ConfigureAwait(false);

        await trial.Until(() => member.Values.Count() == 20, "the records were consumed").ConfigureAwait(false);

        Expect.Equal(2, member.Aborted.Count, "The slices aborted");
    }

    public async Task By_consumer_every_slice_that_was_handled_is_told_of()
    {
        await trial.AppendMany(input, 20).ConfigureAwait(false);
        var tries = 0;
        var member = await trial.Join(
            group with { Keeping = PositionKeeping.ByConsumer, MaxSliceRecords = 5 },
            fails => fails.OnConsume = (_, _) => ++tries == 2 ? throw new InvalidOperationException("The second try fails, as the case wants it.") : Task.CompletedTask).ConfigureAwait(false);

        await trial.Until(() => member.Values.Count() == 20, "the records were consumed").ConfigureAwait(false);

        Expect.Equal(1, member.Aborted.Count, "The slices aborted");
        Expect.Equal(member.Delivered.Count - 1, member.Committed.Count, "The slices told of as committed");
    }

    public async Task Only_a_group_that_keeps_its_position_with_outputs_may_append()
    {
        var refused = 0;
        var member = await trial.Join(group with { Keeping = PositionKeeping.AfterSlice }, appends => appends.OnConsume = (slice, _) =>
        {
            try
            {
                slice.Append(output, LogTrial.Record("key", "value"));
            }
            catch (InvalidOperationException)
            {
                refused++;
            }

            return Task.CompletedTask;
        }).ConfigureAwait(false);
        await trial.Append(input, LogTrial.Record("key", "go")).ConfigureAwait(false);

        await trial.Until(() => member.Committed.Count == 1, "the slice was consumed").ConfigureAwait(false);

        Expect.Equal(1, refused, "The refused appends");
    }

    public async Task Large_outputs_are_committed()
    {
        await trial.Append(input, LogTrial.Record("key", "go")).ConfigureAwait(false);
        await trial.Join(group, appends => appends.OnConsume = (slice, _) =>
        {
            for (var n = 0; n < 8; n++) slice.Append(output, new LogRecord("key"u8.ToArray(), new byte[1024 * 1024], []));
            return Task.CompletedTask;
        }).ConfigureAwait(false);

        await trial.Read(trial.Beginning(output), 8).ConfigureAwait(false);
    }

    public async Task Members_that_come_and_go_and_fail_consume_every_record_exactly_once()
    {
        const int Rounds = 6, PerRound = 100, Keys = 20;
        var (members, tries, next) = (new List<TrialMember>(), 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            members.Add(await trial.Join(group with { MaxSliceRecords = 9 }, member => member.OnConsume = Copy).ConfigureAwait(false));
            await Append().ConfigureAwait(false);
            if (members.Count > 2)
            {
                var leaving = members[0].Leave();
                await Append().ConfigureAwait(false);
                await leaving.ConfigureAwait(false);
                members.RemoveAt(0);
            }

            await trial.Until(() => members.Sum(member => member.Owned.Count) == trial.Description.Partitions, "every partition has an owner").ConfigureAwait(false);
        }

        var records = await trial.Read(trial.Beginning(output), next).ConfigureAwait(false);
        foreach (var member in members) await member.Leave().ConfigureAwait(false);

        Expect.Equal(next, (await trial.ReadAll(output).ConfigureAwait(false)).Count, "The outputs at the end");
        foreach (var key in Enumerable.Range(0, Keys))
        {
            var values = records.Where(record => record.Record.Key.Span.SequenceEqual(LogTrial.Record($"key-{key}", "").Key.Span)).Select(LogTrial.Value);
            Expect.Sequence(Enumerable.Range(0, next).Where(n => n % Keys == key).Select(n => $"{n}"), values, $"The outputs of key-{key}");
        }

        async Task Append()
        {
            await trial.Append(input, [.. Enumerable.Range(next, PerRound).Select(n => LogTrial.Record($"key-{n % Keys}", $"{n}"))]).ConfigureAwait(false);
            next += PerRound;
        }

        async Task Copy(Slice slice, CancellationToken cancellationToken)
        {
            foreach (var record in slice.Records) slice.Append(output, record.Record);
            await Task.Yield();
            if (Interlocked.Increment(ref tries) % 10 == 0) throw new InvalidOperationException("Every tenth slice fails, as the case wants it.");
        }
    }
}
