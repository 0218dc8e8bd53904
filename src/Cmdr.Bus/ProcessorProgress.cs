namespace Cmdr;

/// <summary>How far the processors of this host have come; for tests, and whoever must wait for one.</summary>
public sealed class ProcessorProgress
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Group, int Partition), (object Member, long Next)> positions = [];
    private readonly Dictionary<string, Dictionary<object, int>> parked = [];
    private TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Waits until a processor has handled, or parked, everything on <c>events</c> before a cursor. Sees the partitions of this host only: where several hosts
    /// share the group it waits for those that come here.
    /// </summary>
    /// <param name="group">The processor's group.</param>
    /// <param name="end">How far, such as <see cref="ILog.EndOf"/> gives.</param>
    /// <param name="timeout">How long, by the machine's clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when <paramref name="timeout"/> ran out first.</returns>
    /// <exception cref="ArgumentException">The host has no such processor.</exception>
    public async Task<bool> Reach(string group, Cursor end, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(end);
        if (ParkedEvents is var groups && !groups.ContainsKey(group)) throw new ArgumentException($"No processor of this host has the group '{group}'; there are {string.Join(", ", groups.Keys.DefaultIfEmpty("none"))}.", nameof(group));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (end.Next.Select((offset, partition) => offset == 0 || (positions.TryGetValue((group, partition), out var reached) && reached.Next >= offset)).All(isReached => isReached)) return true;
                next = moved.Task;
            }

            await next.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested) return false;
        }
    }

    /// <summary>How many events each group has parked in the partitions that this host owns.</summary>
    internal IReadOnlyDictionary<string, int> ParkedEvents
    {
        get
        {
            lock (gate) return parked.ToDictionary(group => group.Key, group => group.Value.Values.Sum());
        }
    }

    internal void Add(string group)
    {
        lock (gate) parked.TryAdd(group, []);
    }

    /// <summary>What a member has parked has changed.</summary>
    /// <param name="group">The member's.</param>
    /// <param name="member">Who it is.</param>
    /// <param name="count">Says how many events it has parked.</param>
    /// <param name="tell">Told how many all members of this host have, one after another, so that what was told last is true.</param>
    internal void Parked(string group, object member, Func<int> count, Action<int> tell)
    {
        lock (gate)
        {
            parked[group][member] = count();
            tell(parked[group].Values.Sum());
        }
    }

    /// <summary>A member takes part no more, and what it has parked is another's.</summary>
    internal void Left(string group, object member, Action<int> tell)
    {
        lock (gate)
        {
            parked[group].Remove(member);
            tell(parked[group].Values.Sum());
        }
    }

    internal void Assigned(string group, object member, IReadOnlyList<IOwnedPartition> partitions) =>
        Change(() => partitions.ToList().ForEach(partition => positions[(group, partition.Partition.Partition)] = (member, partition.GroupPosition ?? 0)));

    /// <summary>A member that was away does not move what another of its host took over.</summary>
    internal void Moved(string group, object member, IReadOnlyDictionary<TopicPartition, long> to) => Change(() =>
    {
        foreach (var (partition, position) in to)
        {
            if (IsOf(member, (group, partition.Partition))) positions[(group, partition.Partition)] = (member, position);
        }
    });

    /// <summary>Nor does it forget that.</summary>
    internal void Gone(string group, object member, IReadOnlyList<TopicPartition> partitions) => Change(() =>
    {
        foreach (var key in partitions.Select(partition => (group, partition.Partition)).Where(key => IsOf(member, key))) positions.Remove(key);
    });

    private bool IsOf(object member, (string Group, int Partition) key) => positions.TryGetValue(key, out var owned) && owned.Member == member;

    private void Change(Action change)
    {
        lock (gate)
        {
            change();
            moved.TrySetResult();
            moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
