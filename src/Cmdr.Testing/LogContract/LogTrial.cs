using System.Text;

namespace Cmdr.Testing;

/// <summary>One run of one case: the log, topics of its own, members that leave when the case ends, and a deadline.</summary>
internal sealed class LogTrial : IAsyncDisposable
{
    private readonly LogContract subject;
    private readonly CancellationTokenSource deadline;
    private readonly List<TrialMember> members = [];
    private readonly Lock gate = new();
    private readonly string suffix = Guid.NewGuid().ToString("n")[..10];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LogTrial(LogContract subject, ILog log, LogDescription description, CancellationTokenSource deadline) =>
        (this.subject, Log, Description, this.deadline) = (subject, log, description, deadline);

    public ILog Log { get; }

    public LogDescription Description { get; }

    public CancellationToken CancellationToken => deadline.Token;

    public static async Task Run(LogContract subject, Func<LogTrial, Task> run, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(subject.Patience);
        try
        {
            var log = await subject.OpenLog(deadline.Token).ConfigureAwait(false);
            var description = await log.Describe(deadline.Token).ConfigureAwait(false);
            var trial = new LogTrial(subject, log, description, deadline);
            await using (trial.ConfigureAwait(false)) await run(trial).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ExpectationException($"It did not come to an end within {subject.Patience}: {e.StackTrace}");
        }
    }

    /// <summary>A name that no other case uses.</summary>
    public string Topic(string name) => $"{name}-{suffix}";

    public LogGroup Group(PositionKeeping keeping, params string[] topics) => new($"group-{suffix}", topics, keeping);

    public Cursor Beginning(string topic) => Cursor.Beginning(Description, topic);

    public Task<ILog> OpenLog() => subject.OpenLog(CancellationToken);

    public Task Recreate() => subject.Recreate(CancellationToken);

    /// <summary>Makes <paramref name="member"/> lose its lease, as though it had been away.</summary>
    public async Task Expire(TrialMember member, TopicPartition partition)
    {
        Note(() => member.IsAway = true);
        await subject.Expire(member.Group, partition, CancellationToken).ConfigureAwait(false);
    }

    /// <summary>True when another member of the group has the partition and was not made to lose it.</summary>
    public bool IsOwnedByAnother(TrialMember member, TopicPartition partition) =>
        members.Any(other => other != member && other.Group.Name == member.Group.Name && !other.IsAway && other.Owned.ContainsKey(partition));

    /// <summary>A record of a key and a value in UTF-8 without headers.</summary>
    public static LogRecord Record(string key, string value) => new(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), []);

    public static string Value(LoggedRecord record) => Encoding.UTF8.GetString(record.Record.Value.Span);

    /// <summary>A key that belongs to <paramref name="partition"/>.</summary>
    public string KeyOf(int partition) => Enumerable.Range(0, int.MaxValue).Select(n => $"key-{n}")
        .First(key => Murmur2.Partition(Encoding.UTF8.GetBytes(key), Description.Partitions) == partition);

    public Task<IReadOnlyList<Position>> Append(string topic, params LogRecord[] records) => Log.Append(topic, records, CancellationToken);

    /// <summary>Appends <paramref name="count"/> records over all partitions, with the values 0, 1, 2.</summary>
    public async Task AppendMany(string topic, int count, int from = 0) =>
        await Append(topic, [.. Enumerable.Range(from, count).Select(n => Record($"key-{n}", $"{n}"))]).ConfigureAwait(false);

    /// <summary>Reads until <paramref name="count"/> records came.</summary>
    public async Task<IReadOnlyList<LoggedRecord>> Read(Cursor after, int count, ILog? log = null)
    {
        var records = new List<LoggedRecord>();
        if (count == 0) return records;
        await foreach (var page in (log ?? Log).Read(after, CancellationToken).ConfigureAwait(false))
        {
            records.AddRange(page.Records);
            if (records.Count >= count) break;
        }

        Expect.Equal(count, records.Count, "The records read");
        return records;
    }

    /// <summary>Everything on the topic as of now.</summary>
    public async Task<IReadOnlyList<LoggedRecord>> ReadAll(string topic)
    {
        var end = await Log.EndOf(topic, CancellationToken).ConfigureAwait(false);
        var (records, after) = (new List<LoggedRecord>(), Beginning(topic));
        if (after.Covers(end)) return records;
        await foreach (var page in Log.Read(after, CancellationToken).ConfigureAwait(false))
        {
            records.AddRange(page.Records);
            if (page.Cursor.Covers(end)) break;
        }

        return records;
    }

    /// <summary>Lets a consumer join a group, on a log opened for it as by a host of its own.</summary>
    public async Task<TrialMember> Join(LogGroup group, Action<TrialMember>? configure = null)
    {
        var member = new TrialMember(this, group);
        configure?.Invoke(member);
        members.Add(member);
        member.Start(await OpenLog().ConfigureAwait(false), CancellationToken);
        return member;
    }

    /// <summary>Why a group lets a member not join that should not, on a log opened for it as by a host of its own.</summary>
    public async Task<InvalidOperationException> Refused(LogGroup group)
    {
        using var member = new TrialMember(this, group);
        member.Start(await OpenLog().ConfigureAwait(false), CancellationToken);
        try
        {
            await member.Consuming.WaitAsync(CancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException refusal)
        {
            return refusal;
        }

        throw new ExpectationException($"A member of the group {group.Name} left though nobody asked it to.");
    }

    /// <summary>Changes what a condition looks at, and lets the conditions be looked at again.</summary>
    public void Note(Action change)
    {
        lock (gate)
        {
            change();
            changed.TrySetResult();
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Waits until a condition over what members noted holds.</summary>
    public async Task Until(Func<bool> condition, string what)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (condition()) return;
                next = changed.Task;
            }

            foreach (var member in members) member.ThrowIfFailed();
            try
            {
                await next.WaitAsync(CancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new ExpectationException($"Within {subject.Patience} it should have come about that {what}. Members heard: {string.Join("; ", members.Select(member => member.Heard))}.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in members)
        {
            await member.Leave().ConfigureAwait(false);
            member.Dispose();
        }
    }
}
