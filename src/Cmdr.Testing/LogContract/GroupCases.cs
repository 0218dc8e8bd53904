namespace Cmdr.Testing;

/// <summary>Members of a group share partitions, and hand them over in order as they come and go.</summary>
internal sealed class GroupCases(LogTrial trial)
{
    private readonly LogGroup group = trial.Group(PositionKeeping.AfterSlice, trial.Topic("in"));

    /// <summary>Longer than a log waits for a handler before it does something about it.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(3);

    private int Partitions => trial.Description.Partitions;

    public async Task A_member_alone_owns_every_partition_of_every_topic()
    {
        var both = group with { Topics = [trial.Topic("one"), trial.Topic("other")] };
        var member = await trial.Join(both).ConfigureAwait(false);

        await trial.Until(() => member.Owned.Count == 2 * Partitions, "the only member owns everything").ConfigureAwait(false);

        Expect.Sequence(
            both.Topics.Order(StringComparer.Ordinal).SelectMany(topic => Enumerable.Range(0, Partitions).Select(n => new TopicPartition(topic, n))),
            member.Owned.Keys.Order(), "What it owns");
    }

    public async Task Members_share_the_partitions_evenly()
    {
        var members = new List<TrialMember>();
        for (var count = 1; count <= 3; count++)
        {
            members.Add(await trial.Join(group).ConfigureAwait(false));
            await trial.Until(() => Even(members), $"{count} members share the partitions evenly").ConfigureAwait(false);
        }
    }

    public async Task A_member_that_joins_takes_only_what_moves()
    {
        var stays = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => stays.Owned.Count == Partitions, "the first member owns everything").ConfigureAwait(false);
        var before = stays.Owned.ToDictionary();

        var joins = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => Even([stays, joins]), "both share the partitions evenly").ConfigureAwait(false);

        Expect.Equal(Partitions - stays.Owned.Count, stays.Revoked.Count, "The partitions revoked from the first member");
        Expect.Equal(1, stays.Assignments, "The assignments of the first member");
        Expect.That(stays.Owned.All(owned => ReferenceEquals(owned.Value, before[owned.Key])), "what it keeps it keeps without a break");
        Expect.Equal(0, stays.Lost.Count, "The partitions lost by the first member");
    }

    public async Task A_member_that_leaves_hands_over_what_it_had()
    {
        var stays = await trial.Join(group).ConfigureAwait(false);
        var leaves = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => Even([stays, leaves]), "both share the partitions evenly").ConfigureAwait(false);
        var (had, before) = (leaves.Owned.Keys.Order().ToList(), leaves.Revoked.Count);

        await leaves.Leave().ConfigureAwait(false);

        Expect.Sequence(had, leaves.Revoked.Skip(before).Order(), "The partitions revoked from the member that left");
        Expect.Equal(0, leaves.Lost.Count, "The partitions that it lost");
        await trial.Until(() => stays.Owned.Count == Partitions, "the other member owns everything").ConfigureAwait(false);
    }

    public async Task Every_group_gets_every_record()
    {
        await trial.AppendMany(group.Topics[0], 20).ConfigureAwait(false);
        var one = await trial.Join(group).ConfigureAwait(false);
        var other = await trial.Join(group with { Name = group.Name + "-other" }).ConfigureAwait(false);

        await trial.Until(() => one.Values.Count() == 20 && other.Values.Count() == 20, "both groups consumed 20 records").ConfigureAwait(false);
    }

    public async Task A_member_that_fails_on_assignment_is_assigned_again()
    {
        await trial.AppendMany(group.Topics[0], 20).ConfigureAwait(false);
        var failed = false;
        var member = await trial.Join(group, fails => fails.OnAssigned = _ =>
        {
            if (failed) return Task.FromResult<IReadOnlyDictionary<TopicPartition, long>>(new Dictionary<TopicPartition, long>());
            failed = true;
            throw new InvalidOperationException("The first assignment fails, as the case wants it.");
        }).ConfigureAwait(false);

        await trial.Until(() => member.Values.Count() == 20, "the member consumed 20 records").ConfigureAwait(false);
    }

    public async Task A_member_that_is_busy_holds_up_only_its_own_partitions()
    {
        var release = new TaskCompletionSource();
        var busy = await trial.Join(group, member => member.OnConsume = (_, _) => release.Task).ConfigureAwait(false);
        var free = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => Even([busy, free]), "both share the partitions evenly").ConfigureAwait(false);
        for (var partition = 0; partition < Partitions; partition++)
        {
            await trial.Append(group.Topics[0], LogTrial.Record(trial.KeyOf(partition), $"{partition}")).ConfigureAwait(false);
        }

        await trial.Until(
            () => busy.Delivered.Count == 1 && free.Values.Count() == free.Owned.Count, "the free member consumed its records while the other was busy").ConfigureAwait(false);

        release.SetResult();
        await trial.Until(() => busy.Values.Count() == busy.Owned.Count, "the busy member consumed its records too").ConfigureAwait(false);
    }

    public async Task A_member_asked_to_leave_ends_its_slice_first()
    {
        await trial.AppendMany(group.Topics[0], 20).ConfigureAwait(false);
        var release = new TaskCompletionSource();
        var leaves = await trial.Join(group, member => member.OnConsume = (_, _) => release.Task).ConfigureAwait(false);
        await trial.Until(() => leaves.Delivered.Count == 1, "a slice was delivered").ConfigureAwait(false);

        await leaves.Stop().ConfigureAwait(false);
        Expect.Equal(0, leaves.Revoked.Count, "The partitions revoked while the slice runs");
        release.SetResult();
        await leaves.Leave().ConfigureAwait(false);

        Expect.Equal(leaves.Delivered.Count, leaves.Committed.Count + leaves.Aborted.Count, "The slices that ended");
        Expect.Equal(Partitions, leaves.Revoked.Count, "The partitions revoked");
        var next = await trial.Join(group).ConfigureAwait(false);
        var rest = 20 - leaves.Values.Count();
        await trial.Until(() => next.Owned.Count == Partitions && next.Values.Count() == rest, "the next member consumed what the first had not").ConfigureAwait(false);
    }

    public async Task A_member_asked_to_leave_may_give_its_slice_up()
    {
        await trial.AppendMany(group.Topics[0], 20).ConfigureAwait(false);
        var leaves = await trial.Join(group, member => member.OnConsume = (_, stop) => Task.Delay(Timeout.Infinite, stop)).ConfigureAwait(false);
        await trial.Until(() => leaves.Delivered.Count == 1, "a slice was delivered").ConfigureAwait(false);

        await leaves.Leave().ConfigureAwait(false);

        Expect.Equal(1, leaves.Aborted.Count, "The slices aborted");
        Expect.Equal(Partitions, leaves.Revoked.Count, "The partitions revoked");
        var next = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => next.Values.Count() == 20, "the next member consumed everything").ConfigureAwait(false);
    }

    public async Task Members_of_one_group_with_other_topics_or_another_keeping_are_refused()
    {
        var stays = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => stays.Owned.Count == Partitions, "the first member owns everything").ConfigureAwait(false);

        foreach (var other in (LogGroup[])[
            group with { Topics = [trial.Topic("other")] }, group with { Topics = [.. group.Topics, trial.Topic("more")] }, group with { Keeping = PositionKeeping.WithOutputs }])
        {
            var refused = await trial.Refused(other).ConfigureAwait(false);
            Expect.That(refused.Message.Contains(group.Name, StringComparison.Ordinal), $"the refusal names the group, and says: {refused.Message}");
        }

        await trial.AppendMany(group.Topics[0], 20).ConfigureAwait(false);
        await trial.Until(() => stays.Values.Count() == 20, "the member that was there goes on").ConfigureAwait(false);
        Expect.Equal(Partitions, stays.Owned.Count, "The partitions that it owns");
    }

    public async Task A_slice_in_hand_when_its_partitions_are_to_move_is_committed_first()
    {
        await trial.AppendMany(group.Topics[0], 20).ConfigureAwait(false);
        var busy = await trial.Join(group, member => member.OnConsume = SlowlyWithRecords).ConfigureAwait(false);
        await trial.Until(() => busy.Delivered.Count == 1, "a slice was delivered").ConfigureAwait(false);

        var joins = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => Even([busy, joins]), "both share the partitions evenly").ConfigureAwait(false);

        Expect.Equal(0, busy.Aborted.Count + busy.Lost.Count, "The slices aborted and partitions lost of the member that was busy");
        await trial.Until(() => busy.Values.Count() + joins.Values.Count() == 20, "every record was consumed").ConfigureAwait(false);
    }

    public async Task What_a_busy_member_gets_back_it_consumes_when_it_is_free()
    {
        var stays = await trial.Join(group, member => member.OnConsume = SlowlyWithRecords).ConfigureAwait(false);
        var leaves = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => Even([stays, leaves]), "both share the partitions evenly").ConfigureAwait(false);
        await trial.Append(group.Topics[0], LogTrial.Record(trial.KeyOf(stays.Owned.Keys.First().Partition), "slow")).ConfigureAwait(false);
        await trial.Until(() => stays.Delivered.Count == 1, "a slice was delivered").ConfigureAwait(false);

        await leaves.Leave().ConfigureAwait(false);
        await trial.Until(() => stays.Owned.Count == Partitions, "the member that stayed owns everything").ConfigureAwait(false);
        await trial.AppendMany(group.Topics[0], 20).ConfigureAwait(false);

        await trial.Until(() => stays.Values.Count() == 21, "it consumes what it got back").ConfigureAwait(false);
    }

    private static Task SlowlyWithRecords(Slice slice, CancellationToken cancellationToken) =>
        slice.Records.Count > 0 ? Task.Delay(Slow, cancellationToken) : Task.CompletedTask;

    private bool Even(IReadOnlyList<TrialMember> members)
    {
        var counts = members.Select(member => member.Owned.Count).ToList();
        return counts.Sum() == Partitions && counts.Max() - counts.Min() <= 1;
    }
}
