using System.Globalization;

namespace Cmdr.Testing;

/// <summary>What slices hold, where a member begins, and the three ways to keep the position.</summary>
internal sealed class PositionCases(LogTrial trial)
{
    private readonly string topic = trial.Topic("in");

    public async Task A_group_that_is_new_begins_at_the_beginning()
    {
        await trial.AppendMany(topic, 20).ConfigureAwait(false);
        var given = new List<long?>();
        var member = await Join(PositionKeeping.AfterSlice, given).ConfigureAwait(false);

        await Consumed(member, 20).ConfigureAwait(false);

        Expect.That(given.All(position => position is null), "a new group has no position");
        await trial.AppendMany(topic, 5, from: 20).ConfigureAwait(false);
        await Consumed(member, 25).ConfigureAwait(false);
        Expect.Sequence(Numbers(0, 25), member.Values.Select(Number).Order(), "The values consumed");
    }

    public async Task After_slice_a_member_goes_on_where_the_group_was() => await GoesOn(PositionKeeping.AfterSlice).ConfigureAwait(false);

    public async Task With_outputs_a_member_goes_on_where_the_group_was() => await GoesOn(PositionKeeping.WithOutputs).ConfigureAwait(false);

    public async Task By_consumer_the_log_keeps_no_position()
    {
        await trial.AppendMany(topic, 20).ConfigureAwait(false);
        var first = await Join(PositionKeeping.ByConsumer, []).ConfigureAwait(false);
        await Consumed(first, 20).ConfigureAwait(false);
        await first.Leave().ConfigureAwait(false);
        var given = new List<long?>();

        var next = await Join(PositionKeeping.ByConsumer, given).ConfigureAwait(false);

        await Consumed(next, 20).ConfigureAwait(false);
        Expect.That(given.All(position => position is null), "no position is given where the consumer keeps it");
    }

    public async Task A_consumer_says_on_assignment_where_it_begins()
    {
        foreach (var keeping in Enum.GetValues<PositionKeeping>())
        {
            var (input, key) = (trial.Topic($"in-{(int)keeping}"), trial.KeyOf(0));
            var positions = await trial.Append(input, [.. Enumerable.Range(0, 10).Select(n => LogTrial.Record(key, $"{n}"))]).ConfigureAwait(false);
            var group = trial.Group(keeping, input);
            group = group with { Name = $"{group.Name}-{(int)keeping}" };

            var member = await trial.Join(group, begins => begins.OnAssigned = partitions => Task.FromResult<IReadOnlyDictionary<TopicPartition, long>>(
                partitions.Where(owned => owned.Partition.Partition == 0).ToDictionary(owned => owned.Partition, _ => positions[7].Offset))).ConfigureAwait(false);

            await Consumed(member, 3).ConfigureAwait(false);
            Expect.Sequence(["7", "8", "9"], member.Values, $"The values consumed where the position is kept {keeping}");
            await member.Leave().ConfigureAwait(false);
        }
    }

    public async Task A_beginning_past_the_end_is_refused()
    {
        var consumer = new TrialMember(trial, trial.Group(PositionKeeping.ByConsumer, topic))
        {
            OnAssigned = partitions => Task.FromResult<IReadOnlyDictionary<TopicPartition, long>>(partitions.ToDictionary(owned => owned.Partition, _ => 1_000L)),
        };

        var refused = await Expect.Throws<CursorException>(
            () => trial.Log.Consume(consumer.Group, consumer, trial.CancellationToken), "Beginning past the end").ConfigureAwait(false);

        Expect.Equal(CursorException.BeyondEnd, refused.Code, "The code");
    }

    public async Task A_slice_keeps_within_its_bounds()
    {
        await trial.AppendMany(topic, 100).ConfigureAwait(false);
        var group = trial.Group(PositionKeeping.AfterSlice, topic);
        var few = await trial.Join(group with { MaxSliceRecords = 7 }).ConfigureAwait(false);
        await Consumed(few, 100).ConfigureAwait(false);
        Expect.That(few.Committed.All(slice => slice.Records.Count <= 7), "no slice has more than 7 records");

        var large = trial.Topic("large");
        await trial.Append(large, [.. Enumerable.Range(0, 40).Select(n => LogTrial.Record($"key-{n % 5}", new string('x', n == 20 ? 5000 : 300)))]).ConfigureAwait(false);
        var small = await trial.Join(group with { Name = group.Name + "-small", Topics = [large], MaxSliceBytes = 1000 }).ConfigureAwait(false);
        await Consumed(small, 40).ConfigureAwait(false);
        Expect.That(
            small.Committed.All(slice => slice.Records.Count == 1 || slice.Records.Sum(record => record.Record.Bytes) <= 1000), "no slice of several records has more than 1000 bytes");
    }

    public async Task The_largest_record_reaches_a_member()
    {
        var key = "large"u8.ToArray();
        await trial.Append(topic, new LogRecord(key, new byte[LogRecord.MaxBytes - key.Length], [])).ConfigureAwait(false);

        var member = await trial.Join(trial.Group(PositionKeeping.AfterSlice, topic)).ConfigureAwait(false);

        await Consumed(member, 1).ConfigureAwait(false);
        Expect.Equal(LogRecord.MaxBytes, member.Committed.Single().Records.Single().Record.Bytes, "The bytes of what was consumed");
    }

    public async Task A_slice_holds_no_more_than_its_member_wants()
    {
        await trial.AppendMany(topic, 100).ConfigureAwait(false);
        var group = trial.Group(PositionKeeping.AfterSlice, topic);
        var slower = await trial.Join(group, member =>
        {
            member.SliceRecords = 20;
            member.OnConsume = (_, _) =>
            {
                member.SliceRecords = 3;
                return Task.CompletedTask;
            };
        }).ConfigureAwait(false);
        await Consumed(slower, 100).ConfigureAwait(false);
        Expect.That(slower.Committed[0].Records.Count <= 20, "the first slice has 20 records at most");
        Expect.Equal(3, slower.Committed.Skip(1).Max(slice => slice.Records.Count), "The most records in a slice after it");
    }

    public async Task A_slice_holds_consecutive_records_grouped_by_partition()
    {
        await trial.AppendMany(topic, 200).ConfigureAwait(false);
        var member = await trial.Join(trial.Group(PositionKeeping.AfterSlice, topic) with { MaxSliceRecords = 50 }).ConfigureAwait(false);
        await Consumed(member, 200).ConfigureAwait(false);

        var next = new Dictionary<TopicPartition, long>();
        foreach (var slice in member.Committed)
        {
            var partitions = slice.Records.Select(record => record.Position.TopicPartition).ToList();
            Expect.Equal(partitions.Distinct().Count(), partitions.Where((partition, n) => n == 0 || partitions[n - 1] != partition).Count(), "The runs of a partition in a slice");
            foreach (var record in slice.Records)
            {
                var (partition, offset) = (record.Position.TopicPartition, record.Position.Offset);
                Expect.That(offset >= next.GetValueOrDefault(partition), $"offset {offset} of {partition} comes after those before it");
                next[partition] = offset + 1;
            }

            foreach (var partition in partitions.Distinct()) Expect.Equal(next[partition], slice.Positions[partition], $"The position of {partition} after the slice");
        }
    }

    public async Task What_a_slice_holds_waits_until_it_is_assigned_again()
    {
        var (held, flows) = (new TopicPartition(topic, 0), new TopicPartition(topic, 1));
        var group = trial.Group(PositionKeeping.WithOutputs, topic);
        await AppendTo(held, flows, 0, 5).ConfigureAwait(false);
        var member = await trial.Join(group, holds => holds.OnConsume = (slice, _) =>
        {
            if (slice.Records.FirstOrDefault(record => LogTrial.Value(record) == "0:2") is { } fault) slice.HoldAt(held, fault.Position.Offset);
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        await trial.Until(() => member.Values.Count() == 7, "what comes before the fault, and the other partition, were consumed").ConfigureAwait(false);
        var before = member.Delivered.Count;
        member.Owned[held].RequestSlice(DateTimeOffset.UtcNow);

        await AppendTo(held, flows, 5, 10).ConfigureAwait(false);
        await trial.Until(() => member.Values.Count() == 12, "the other partition flows on").ConfigureAwait(false);
        Expect.That(member.Delivered.Skip(before).All(slice => !slice.Positions.ContainsKey(held)), "nothing of the held partition is delivered");
        await member.Leave().ConfigureAwait(false);

        var next = await trial.Join(group).ConfigureAwait(false);
        await Consumed(next, 8).ConfigureAwait(false);
        Expect.Sequence(Enumerable.Range(2, 8).Select(n => $"0:{n}"), next.Values, "What the next member consumed");
    }

    public async Task What_was_held_comes_again_to_the_member_that_held_it()
    {
        var (held, flows) = (new TopicPartition(topic, 0), new TopicPartition(topic, 1));
        var group = trial.Group(PositionKeeping.WithOutputs, topic);
        var isMended = false;
        await AppendTo(held, flows, 0, 3).ConfigureAwait(false);
        var member = await trial.Join(group, holds => holds.OnConsume = (slice, _) =>
        {
            if (!isMended && slice.Positions.ContainsKey(held)) slice.HoldAt(held, slice.Records.First(record => record.Position.TopicPartition == held).Position.Offset);
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        await trial.Until(() => member.Values.Count() == 3, "the other partition was consumed").ConfigureAwait(false);

        isMended = true;
        await trial.Expire(member, held).ConfigureAwait(false);

        await trial.Until(() => member.Values.Count() >= 6, "what was held came again when the member had joined again").ConfigureAwait(false);
        Expect.Sequence(["0:0", "0:1", "0:2"], member.Values.Where(value => value.StartsWith("0:", StringComparison.Ordinal)), "What it consumed of what was held");
    }

    private async Task AppendTo(TopicPartition one, TopicPartition other, int from, int until)
    {
        foreach (var partition in new[] { one, other })
        {
            var key = trial.KeyOf(partition.Partition);
            await trial.Append(topic, [.. Enumerable.Range(from, until - from).Select(n => LogTrial.Record(key, $"{partition.Partition}:{n}"))]).ConfigureAwait(false);
        }
    }

    private async Task GoesOn(PositionKeeping keeping)
    {
        await trial.AppendMany(topic, 20).ConfigureAwait(false);
        var first = await Join(keeping, []).ConfigureAwait(false);
        await Consumed(first, 20).ConfigureAwait(false);
        await first.Leave().ConfigureAwait(false);
        await trial.AppendMany(topic, 10, from: 20).ConfigureAwait(false);
        var given = new Dictionary<TopicPartition, long?>();

        var next = await trial.Join(trial.Group(keeping, topic), member => member.OnAssigned = partitions =>
        {
            foreach (var owned in partitions) given[owned.Partition] = owned.GroupPosition;
            return Task.FromResult<IReadOnlyDictionary<TopicPartition, long>>(new Dictionary<TopicPartition, long>());
        }).ConfigureAwait(false);

        await Consumed(next, 10).ConfigureAwait(false);
        Expect.Sequence(Numbers(20, 10), next.Values.Select(Number).Order(), "The values that the next member consumed");
        foreach (var (partition, position) in first.Committed.SelectMany(slice => slice.Positions).GroupBy(x => x.Key).Select(x => (x.Key, x.Max(y => y.Value))))
        {
            Expect.Equal(position, given[partition], $"The position that was given for {partition}");
        }
    }

    private Task<TrialMember> Join(PositionKeeping keeping, List<long?> given) => trial.Join(trial.Group(keeping, topic), member => member.OnAssigned = partitions =>
    {
        given.AddRange(partitions.Select(partition => partition.GroupPosition));
        return Task.FromResult<IReadOnlyDictionary<TopicPartition, long>>(new Dictionary<TopicPartition, long>());
    });

    private async Task Consumed(TrialMember member, int count) =>
        await trial.Until(() => member.Values.Count() >= count, $"{count} records were consumed").ConfigureAwait(false);

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    private static IEnumerable<int> Numbers(int from, int count) => Enumerable.Range(from, count);
}
