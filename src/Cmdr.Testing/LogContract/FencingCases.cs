using System.Globalization;

namespace Cmdr.Testing;

/// <summary>A member that lost its lease while it worked cannot commit, and hears of it.</summary>
internal sealed class FencingCases(LogTrial trial)
{
    private readonly string input = trial.Topic("in");
    private readonly string output = trial.Topic("out");

    public async Task What_a_member_appends_after_it_lost_its_lease_is_never_seen()
    {
        var (group, release) = (trial.Group(PositionKeeping.WithOutputs, input), new TaskCompletionSource());
        var (away, heir) = await TakeOver(group, Copies("away", release.Task), Copies("heir", Task.CompletedTask)).ConfigureAwait(false);

        release.SetResult();
        await trial.Until(() => away.Lost.Count == trial.Description.Partitions, "the member heard what it lost").ConfigureAwait(false);

        Expect.Equal(1, away.Aborted.Count, "The slices aborted of the member that was away");
        Expect.Equal(0, away.Committed.Count, "Its slices committed before it joined again");
        Expect.Equal(0, away.Revoked.Count, "The partitions revoked from it before it joined again");
        Expect.Sequence(
            Enumerable.Repeat("heir", heir.Values.Count()), (await trial.ReadAll(output).ConfigureAwait(false)).Select(LogTrial.Value), "The outputs");
    }

    public async Task A_member_that_lost_its_lease_moves_no_position()
    {
        var (group, release) = (trial.Group(PositionKeeping.AfterSlice, input), new TaskCompletionSource());
        var (away, heir) = await TakeOver(group, (_, _) => release.Task, (_, _) => Task.CompletedTask).ConfigureAwait(false);
        await trial.AppendMany(input, 40, from: 20).ConfigureAwait(false);
        await trial.Until(() => heir.Values.Count() == 60, "the heir went on").ConfigureAwait(false);

        release.SetResult();
        await trial.Until(() => away.Lost.Count == trial.Description.Partitions, "the member heard what it lost").ConfigureAwait(false);
        await away.Leave().ConfigureAwait(false);
        await heir.Leave().ConfigureAwait(false);

        Expect.Equal(1, away.Aborted.Count, "The slices aborted of the member that was away");
        await trial.Append(input, LogTrial.Record("key", "last")).ConfigureAwait(false);
        var next = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => next.Values.Any(), "the next member consumed something").ConfigureAwait(false);
        Expect.Sequence(["last"], next.Values, "What the next member consumed");
    }

    public async Task What_a_member_took_ahead_goes_with_its_lease()
    {
        var (group, release) = (trial.Group(PositionKeeping.WithOutputs, input), new TaskCompletionSource());
        await trial.AppendMany(input, 200).ConfigureAwait(false);
        var away = await trial.Join(group, member => (member.OnConsume, member.SliceRecords) = (Copying(release.Task), 5)).ConfigureAwait(false);
        await trial.Until(() => away.Delivered.Count == 1, "a slice was delivered").ConfigureAwait(false);

        await trial.Expire(away, new(input, 0)).ConfigureAwait(false);
        var heir = await trial.Join(group, member => member.OnConsume = Copying(Task.CompletedTask)).ConfigureAwait(false);
        await trial.Until(() => heir.Values.Count() == 200, "the heir consumed the records").ConfigureAwait(false);
        release.SetResult();
        await trial.Until(() => away.Lost.Count == trial.Description.Partitions, "the member heard what it lost").ConfigureAwait(false);
        await trial.AppendMany(input, 100, from: 200).ConfigureAwait(false);
        await trial.Until(() => away.Values.Count() + heir.Values.Count() >= 300, "everything was consumed").ConfigureAwait(false);

        var copied = (await trial.ReadAll(output).ConfigureAwait(false)).Select(record => int.Parse(LogTrial.Value(record), CultureInfo.InvariantCulture));
        Expect.Sequence(Enumerable.Range(0, 300), copied.Order(), "The outputs");

        Func<Slice, CancellationToken, Task> Copying(Task before) => async (slice, _) =>
        {
            foreach (var logged in slice.Records) slice.Append(output, logged.Record);
            await before.ConfigureAwait(false);
        };
    }

    public async Task A_member_that_lost_its_lease_while_it_was_idle_hears_so_and_joins_again()
    {
        var group = trial.Group(PositionKeeping.WithOutputs, input);
        var member = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => member.Owned.Count == trial.Description.Partitions, "the member owns everything").ConfigureAwait(false);

        await trial.Expire(member, new(input, 0)).ConfigureAwait(false);

        await trial.Until(
            () => member.Lost.Count == trial.Description.Partitions && member.Owned.Count == trial.Description.Partitions, "it lost everything and got it again").ConfigureAwait(false);
        await trial.AppendMany(input, 20).ConfigureAwait(false);
        await trial.Until(() => member.Values.Count() == 20, "it consumes again").ConfigureAwait(false);
        Expect.Equal(0, member.Revoked.Count, "The partitions revoked");
    }

    public async Task A_requested_slice_is_fenced_like_any_other()
    {
        var (group, release) = (trial.Group(PositionKeeping.WithOutputs, input), new TaskCompletionSource());
        var away = await trial.Join(group, member => member.OnConsume = Copies("away", release.Task, requested: true)).ConfigureAwait(false);
        await trial.Until(() => away.Owned.Count == trial.Description.Partitions, "the member owns everything").ConfigureAwait(false);
        away.Owned[new(input, 0)].RequestSlice(DateTimeOffset.UtcNow);
        await trial.Until(() => away.Delivered.Count == 1, "the slice came").ConfigureAwait(false);

        await trial.Expire(away, new(input, 0)).ConfigureAwait(false);
        var heir = await trial.Join(group).ConfigureAwait(false);
        await trial.Until(() => heir.Owned.ContainsKey(new(input, 0)), "another member took the partition").ConfigureAwait(false);
        release.SetResult();
        await trial.Until(() => away.Aborted.Count == 1, "the slice was aborted").ConfigureAwait(false);

        Expect.Equal(0, (await trial.ReadAll(output).ConfigureAwait(false)).Count, "The outputs");
    }

    /// <summary>A member is stopped in the middle of a slice of 20 records, loses its lease, and another consumes them.</summary>
    private async Task<(TrialMember Away, TrialMember Heir)> TakeOver(
        LogGroup group, Func<Slice, CancellationToken, Task> whileAway, Func<Slice, CancellationToken, Task> asHeir)
    {
        var away = await trial.Join(group, member => member.OnConsume = whileAway).ConfigureAwait(false);
        await trial.Until(() => away.Owned.Count == trial.Description.Partitions, "the member owns everything").ConfigureAwait(false);
        await trial.AppendMany(input, 20).ConfigureAwait(false);
        await trial.Until(() => away.Delivered.Count == 1, "a slice was delivered").ConfigureAwait(false);

        await trial.Expire(away, new(input, 0)).ConfigureAwait(false);
        var heir = await trial.Join(group, member => member.OnConsume = asHeir).ConfigureAwait(false);
        await trial.Until(() => heir.Values.Count() == 20, "the heir consumed the records").ConfigureAwait(false);
        return (away, heir);
    }

    private Func<Slice, CancellationToken, Task> Copies(string name, Task before, bool requested = false) => async (slice, _) =>
    {
        foreach (var __ in slice.Records) slice.Append(output, LogTrial.Record("key", name));
        if (requested) slice.Append(output, LogTrial.Record("key", name));
        await before.ConfigureAwait(false);
    };
}
