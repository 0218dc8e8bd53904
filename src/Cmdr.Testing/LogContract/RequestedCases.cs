namespace Cmdr.Testing;

/// <summary>Slices that the owner of a partition asks for, whether or not there are records.</summary>
internal sealed class RequestedCases(LogTrial trial)
{
    private readonly LogGroup group = trial.Group(PositionKeeping.WithOutputs, trial.Topic("in"));
    private readonly TopicPartition one = new(trial.Topic("in"), 1);

    public async Task A_slice_asked_for_now_comes_though_it_is_empty_and_leaves_the_position()
    {
        var positions = await trial.Append(group.Topics[0], [.. Enumerable.Range(0, 3).Select(n => LogTrial.Record(trial.KeyOf(1), $"{n}"))]).ConfigureAwait(false);
        var member = await Joined(group).ConfigureAwait(false);
        await trial.Until(() => member.Values.Count() == 3, "the records were consumed").ConfigureAwait(false);

        member.Owned[one].RequestSlice(DateTimeOffset.UtcNow);
        await trial.Until(() => Requested(member) == 1, "the slice came").ConfigureAwait(false);

        var slice = member.Committed.Single(slice => slice.Requested.Contains(one));
        Expect.Equal(0, slice.Records.Count, "Its records");
        Expect.Equal(positions[2].Offset + 1, slice.Positions[one], "The position after it");
        await trial.Append(group.Topics[0], LogTrial.Record(trial.KeyOf(1), "3")).ConfigureAwait(false);
        await trial.Until(() => member.Values.Count() == 4, "the next record was consumed").ConfigureAwait(false);
    }

    public async Task A_slice_asked_for_at_a_time_comes_then_and_not_before()
    {
        var early = false;
        var due = DateTimeOffset.UtcNow;
        var member = await Joined(group, joins => joins.OnConsume = (slice, _) =>
        {
            // Clocks of two processes of one machine may differ by their resolution.
            early |= slice.Requested.Count > 0 && DateTimeOffset.UtcNow < due - TimeSpan.FromMilliseconds(20);
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        due = DateTimeOffset.UtcNow + TimeSpan.FromMilliseconds(600);

        member.Owned[one].RequestSlice(due);
        await trial.AppendMany(group.Topics[0], 10).ConfigureAwait(false);
        await trial.Until(() => Requested(member) == 1, "the slice came").ConfigureAwait(false);

        Expect.That(!early, "the slice came not before it was due");
    }

    public async Task A_later_request_does_not_replace_an_earlier_one()
    {
        var member = await Joined(group).ConfigureAwait(false);
        var now = DateTimeOffset.UtcNow;

        member.Owned[one].RequestSlice(now + TimeSpan.FromMilliseconds(500));
        member.Owned[one].RequestSlice(now);
        await trial.Until(() => Requested(member) == 1, "the slice for now came").ConfigureAwait(false);
        member.Owned[one].RequestSlice(now + TimeSpan.FromHours(1));

        await trial.Until(() => Requested(member) == 2, "the slice for later came too").ConfigureAwait(false);
    }

    public async Task A_slice_may_be_asked_for_while_one_is_handled()
    {
        TrialMember? member = null;
        member = await Joined(group, joins => joins.OnConsume = (slice, _) =>
        {
            if (slice.Records.Count > 0) member!.Owned[one].RequestSlice(DateTimeOffset.MinValue); // assigned before anything is appended
            return Task.CompletedTask;
        }).ConfigureAwait(false);

        await trial.Append(group.Topics[0], LogTrial.Record(trial.KeyOf(1), "0")).ConfigureAwait(false);

        await trial.Until(() => Requested(member) == 1, "the slice came").ConfigureAwait(false);
    }

    public async Task What_a_requested_slice_appends_is_committed()
    {
        var output = trial.Topic("out");
        var member = await Joined(group, joins => joins.OnConsume = (slice, _) =>
        {
            slice.Append(output, LogTrial.Record("key", "due"));
            return Task.CompletedTask;
        }).ConfigureAwait(false);

        member.Owned[one].RequestSlice(DateTimeOffset.UtcNow);

        Expect.Sequence(["due"], (await trial.Read(trial.Beginning(output), 1).ConfigureAwait(false)).Select(LogTrial.Value), "The outputs");
    }

    public async Task A_requested_slice_that_is_aborted_comes_again()
    {
        var failed = false;
        var member = await Joined(group, joins => joins.OnConsume = (_, _) =>
        {
            if (failed) return Task.CompletedTask;
            failed = true;
            throw new InvalidOperationException("The first slice fails, as the case wants it.");
        }).ConfigureAwait(false);

        member.Owned[one].RequestSlice(DateTimeOffset.UtcNow);

        await trial.Until(() => member.Aborted.Count == 1 && Requested(member) == 1, "the slice came again").ConfigureAwait(false);
    }

    public async Task A_request_for_a_partition_that_is_gone_is_ignored()
    {
        var first = await Joined(group).ConfigureAwait(false);
        var before = first.Owned.ToDictionary();
        var second = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => first.Revoked.Count > 0 && second.Owned.Count == first.Revoked.Count, "the second member has its share").ConfigureAwait(false);

        before[first.Revoked[0]].RequestSlice(DateTimeOffset.UtcNow);
        var kept = first.Owned.Keys.First();
        first.Owned[kept].RequestSlice(DateTimeOffset.UtcNow);
        await trial.Until(() => first.Committed.Any(slice => slice.Requested.Contains(kept)), "the slice of a partition that it kept came").ConfigureAwait(false);

        Expect.That(first.Delivered.Concat(second.Delivered).All(slice => !slice.Positions.ContainsKey(first.Revoked[0])), "no slice of the partition that is gone came");
    }

    private async Task<TrialMember> Joined(LogGroup joined, Action<TrialMember>? configure = null)
    {
        var member = await trial.Join(joined, configure).ConfigureAwait(false);
        await trial.Until(() => member.Owned.Count == trial.Description.Partitions, "the member owns everything").ConfigureAwait(false);
        return member;
    }

    private int Requested(TrialMember member) => member.Committed.Count(slice => slice.Requested.Contains(one));
}
