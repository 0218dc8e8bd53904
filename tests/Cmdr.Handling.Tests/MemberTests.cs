using Xunit;

namespace Cmdr.Handling.Tests;

public sealed class MemberTests
{
    private static readonly LogGroup Group = new("handling", [Topics.Commands], PositionKeeping.WithOutputs) { MaxSliceRecords = 7 };

    private readonly MemoryLog log = new(Desk.Partitions, TimeProvider.System);

    /// <summary>Members come and go while commands arrive, one of ten twice: each command has one outcome, and no sequence has a gap.</summary>
    [Fact]
    public async Task Members_that_come_and_go_share_the_partitions_and_answer_every_command_once()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var first = new Member(log);
        var random = new Random(7);
        var second = new Member(log);
        for (var i = 1; i <= 2000; i++)
        {
            var command = Desk.Command(new Add($"a{random.Next(40)}", i), new(i, 0, 0, new byte[8]));
            await log.Append(Topics.Commands, i % 10 == 0 ? [command, command] : [command], cancellationToken);
            if (i % 200 != 0) continue;
            if (i % 400 == 200) await second.DisposeAsync();
            else second = new(log);
        }

        await second.DisposeAsync();
        var events = await Events(2200, cancellationToken);

        Assert.Equal(2000, events.Where(e => e.Outcome is not null).Select(e => e.CausationId).Distinct().Count());
        Assert.Equal(2000, events.Count(e => e.Outcome == Outcome.Completed));
        Assert.Equal(200, events.Count(e => e.Type == "command-repeated"));
        Assert.All(events.Where(e => e.Sequence is not null).GroupBy(e => e.Subject), subject =>
            Assert.Equal(Enumerable.Range(1, subject.Count()).Select(n => (long)n), subject.Select(e => e.Sequence!.Value)));
        Assert.All(events.Where(e => e.Sequence is not null).GroupBy(e => e.Subject), subject =>
            Assert.Equal(subject.OrderBy(e => e.CommandOffset).Select(e => e.Id), subject.Select(e => e.Id)));
    }

    [Fact]
    public async Task A_stopped_partition_is_decided_by_its_next_owner_while_the_others_flow_on()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var broken = Guid.CreateVersion7().ToString();
        Tally.Broken[broken] = true;
        await using (var member = new Member(log))
        {
            await log.Append(Topics.Commands, [Desk.Command(new Trip(broken)), Desk.Command(new Add(broken, 1))], cancellationToken);
            await member.Stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
            await log.Append(Topics.Commands, [.. Enumerable.Range(0, 40).Select(i => Desk.Command(new Add($"a{i}", 1)))], cancellationToken);
            var home = Murmur2.Partition(new Subject("tally", broken).Key(), Desk.Partitions);
            var elsewhere = Enumerable.Range(0, 40).Count(i => Murmur2.Partition(new Subject("tally", $"a{i}").Key(), Desk.Partitions) != home);
            Assert.DoesNotContain(await Events(elsewhere, cancellationToken), e => e.Subject.Id == broken);
        }

        Tally.Broken.Remove(broken, out _);
        await using var next = new Member(log);

        Assert.Equal(["tripped", "added"], (await Events(42, cancellationToken)).Where(e => e.Subject.Id == broken).Select(e => e.Type));
    }

    private async Task<IReadOnlyList<Envelope>> Events(int count, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        var events = new List<Envelope>();
        await foreach (var page in log.Read(Cursor.Beginning(await log.Describe(cancellationToken), Topics.Events), deadline.Token))
        {
            events.AddRange(page.Records.Select(CloudEventBinding.Read));
            if (events.Count >= count) break;
        }

        return events;
    }

    /// <summary>A host's member of the group: the owner, with its slices handed to it by the log.</summary>
    private sealed class Member : ILogConsumer, IAsyncDisposable
    {
        private readonly CancellationTokenSource leave = new();
        private readonly CommandOwner owner;
        private readonly Task consuming;

        public Member(MemoryLog log)
        {
            owner = Desk.NewOwner(log, new(TimeProvider.System), TimeProvider.System);
            consuming = Task.Run(() => log.Consume(Group, this, leave.Token));
        }

        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask Consume(Slice slice, CancellationToken cancellationToken)
        {
            owner.Handle(slice);
            return ValueTask.CompletedTask;
        }

        public ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken) =>
            owner.Assigned(partitions, cancellationToken);

        public async ValueTask Committed(Slice slice, CancellationToken cancellationToken)
        {
            await owner.Committed(slice, cancellationToken);
            if (slice.Held.Count > 0) Stopped.TrySetResult();
        }

        public ValueTask Aborted(Slice slice, CancellationToken cancellationToken) => owner.Aborted(slice, cancellationToken);

        public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => owner.Revoked(partitions, cancellationToken);

        public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => owner.Lost(partitions, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await leave.CancelAsync();
            await consuming;
            leave.Dispose();
        }
    }
}
