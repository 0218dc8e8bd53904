using System.Collections.Concurrent;

namespace Cmdr;

/// <summary>How far the processors of this host have come; for tests, and whoever must wait for one.</summary>
public sealed class ProcessorProgress
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Group, int Partition), long> positions = [];
    private readonly ConcurrentDictionary<string, int> parked = new();
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
        if (!parked.ContainsKey(group)) throw new ArgumentException($"No processor of this host has the group '{group}'; there are {string.Join(", ", parked.Keys.DefaultIfEmpty("none"))}.", nameof(group));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (end.Next.Select((offset, partition) => offset == 0 || positions.GetValueOrDefault((group, partition), -1) >= offset).All(reached => reached)) return true;
                next = moved.Task;
            }

            await next.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested) return false;
        }
    }

    /// <summary>How many events each group has parked in the partitions that this host owns.</summary>
    internal IReadOnlyDictionary<string, int> ParkedEvents => parked;

    internal void Add(string group) => parked.TryAdd(group, 0);

    internal void Parked(string group, int events) => parked[group] = events;

    internal void Assigned(string group, IReadOnlyList<IOwnedPartition> partitions) =>
        Change(() => partitions.ToList().ForEach(partition => positions[(group, partition.Partition.Partition)] = partition.GroupPosition ?? 0));

    internal void Moved(string group, IReadOnlyDictionary<TopicPartition, long> to) => Change(() =>
    {
        foreach (var (partition, position) in to) positions[(group, partition.Partition)] = position;
    });

    internal void Gone(string group, IReadOnlyList<TopicPartition> partitions) => Change(() => partitions.ToList().ForEach(partition => positions.Remove((group, partition.Partition))));

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
