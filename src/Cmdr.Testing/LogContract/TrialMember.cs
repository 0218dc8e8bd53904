namespace Cmdr.Testing;

/// <summary>A group's member that notes what it hears, and fails the case when two calls overlap.</summary>
internal sealed class TrialMember(LogTrial trial, LogGroup group) : ILogConsumer, IDisposable
{
    private readonly List<string> heard = [];
    private readonly List<Slice> committed = [];
    private readonly List<Slice> aborted = [];
    private readonly List<Slice> delivered = [];
    private readonly Dictionary<TopicPartition, IOwnedPartition> owned = [];
    private CancellationTokenSource? stop;
    private Task? consuming;
    private string? failure;
    private int inside;

    /// <summary>What it does with a slice; nothing unless set.</summary>
    public Func<Slice, CancellationToken, Task> OnConsume { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Where it starts; at the group's position unless set.</summary>
    public Func<IReadOnlyList<IOwnedPartition>, Task<IReadOnlyDictionary<TopicPartition, long>>> OnAssigned { get; set; } =
        _ => Task.FromResult<IReadOnlyDictionary<TopicPartition, long>>(new Dictionary<TopicPartition, long>());

    /// <summary>How many records it wants in a slice; all that there are unless set.</summary>
    public int SliceRecords { get; set; } = int.MaxValue;

    public LogGroup Group => group;

    /// <summary>True after it was made to lose its lease, until it hears of it.</summary>
    public bool IsAway { get; set; }

    /// <summary>How often it was assigned something.</summary>
    public int Assignments { get; private set; }

    /// <summary>What it owns now.</summary>
    public IReadOnlyDictionary<TopicPartition, IOwnedPartition> Owned => owned;

    /// <summary>Slices that were delivered, also again.</summary>
    public IReadOnlyList<Slice> Delivered => delivered;

    public IReadOnlyList<Slice> Committed => committed;

    public IReadOnlyList<Slice> Aborted => aborted;

    public IReadOnlyList<TopicPartition> Revoked { get; private set; } = [];

    public IReadOnlyList<TopicPartition> Lost { get; private set; } = [];

    /// <summary>Calls in their order, for messages.</summary>
    public string Heard => string.Join(" ", heard.TakeLast(20));

    /// <summary>The values of the records that it acknowledged.</summary>
    public IEnumerable<string> Values => committed
        .SelectMany(slice => slice.Records.Where(record => record.Position.Offset < slice.Positions[record.Position.TopicPartition])).Select(LogTrial.Value);

    /// <summary>Ends when the member has left.</summary>
    public Task Consuming => consuming ?? throw new InvalidOperationException("The member has not joined.");

    public void Start(ILog log, CancellationToken cancellationToken)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        consuming = Task.Run(() => log.Consume(group, this, stop.Token), CancellationToken.None);
    }

    /// <summary>Asks it to leave, and waits until it has.</summary>
    public async Task Leave()
    {
        if (stop is not null) await stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Consuming.WaitAsync(trial.CancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // A log may answer the cancellation either way.
        }

        ThrowIfFailed();
    }

    /// <summary>Asks it to leave, without waiting.</summary>
    public Task Stop() => stop!.CancelAsync(); // set by Start, which Join calls

    public void ThrowIfFailed()
    {
        if (failure is not null) throw new ExpectationException(failure);
        if (consuming is { IsFaulted: true }) throw new ExpectationException($"A member's Consume failed: {consuming.Exception!.InnerException}"); // faulted, so there is one
    }

    async ValueTask<IReadOnlyDictionary<TopicPartition, long>> IPartitionOwner.Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        using var call = Enter($"assigned({Show(partitions.Select(partition => partition.Partition))})");
        if (partitions.FirstOrDefault(partition => trial.IsOwnedByAnother(this, partition.Partition)) is { } both) Fail($"{both.Partition} has two owners.");
        var starts = await OnAssigned(partitions).ConfigureAwait(false);
        trial.Note(() =>
        {
            Assignments++;
            foreach (var partition in partitions) owned.Add(partition.Partition, partition);
        });
        return starts;
    }

    async ValueTask ILogConsumer.Consume(Slice slice, CancellationToken cancellationToken)
    {
        using var call = Enter($"slice({Show(slice.Positions.Keys)}:{slice.Records.Count})");
        trial.Note(() => delivered.Add(slice));
        if (slice.Outputs.Count > 0) Fail("A slice was delivered with outputs.");
        if (slice.Positions.Keys.Any(partition => !owned.ContainsKey(partition))) Fail("A slice of a partition came before its assignment or after its end.");
        await OnConsume(slice, cancellationToken).ConfigureAwait(false);
    }

    async ValueTask IPartitionOwner.Committed(Slice slice, CancellationToken cancellationToken)
    {
        using var call = Enter("committed");
        await Task.Yield();
        trial.Note(() => committed.Add(slice));
    }

    async ValueTask IPartitionOwner.Aborted(Slice slice, CancellationToken cancellationToken)
    {
        using var call = Enter("aborted");
        await Task.Yield();
        trial.Note(() => aborted.Add(slice));
    }

    async ValueTask IPartitionOwner.Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        using var call = Enter($"revoked({Show(partitions)})");
        await Task.Yield();
        trial.Note(() => Revoked = [.. Revoked, .. Forget(partitions)]);
    }

    async ValueTask IPartitionOwner.Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        using var call = Enter($"lost({Show(partitions)})");
        await Task.Yield();
        trial.Note(() => (Lost, IsAway) = ([.. Lost, .. Forget(partitions)], false));
    }

    public void Dispose() => stop?.Dispose();

    private static string Show(IEnumerable<TopicPartition> partitions) => string.Join(",", partitions.Order().Select(partition => partition.Partition));

    private IReadOnlyList<TopicPartition> Forget(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions.Where(partition => !owned.Remove(partition))) Fail($"{partition} was taken from a member that did not own it.");
        return partitions;
    }

    private Call Enter(string what)
    {
        trial.Note(() => heard.Add(what));
        if (Interlocked.Exchange(ref inside, 1) == 1) Fail($"A member was called while a call was running: {Heard}.");
        return new(this);
    }

    private void Fail(string why) => trial.Note(() => failure ??= why);

    private readonly struct Call(TrialMember member) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref member.inside, 0);
    }
}
