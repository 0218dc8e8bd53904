using System.Threading.Channels;

namespace Cmdr.Projections;

/// <summary>
/// What this host knows of the positions, whoever projects them, and who waits for them. Hears of moves of its own feed at once, of others' by notification.
/// </summary>
internal sealed class Progress(LastCall lastCall)
{
    private readonly Lock sync = new();
    private readonly Dictionary<TopicPartition, Reached> known = [];
    private readonly Dictionary<int, List<Waiter>> waiters = [];
    private readonly HashSet<TopicPartition> unannounced = [];
    private readonly Channel<bool> announcing = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long generation;

    /// <summary>How the feed of this host fares, where it has one.</summary>
    internal FeedState Feed { get; } = new();

    /// <summary>True when somebody waits.</summary>
    internal bool IsAwaited
    {
        get
        {
            lock (sync) return waiters.Count > 0;
        }
    }

    /// <summary>What is known of a partition.</summary>
    internal Reached Of(TopicPartition partition)
    {
        lock (sync) return known.GetValueOrDefault(partition, new(0, -1));
    }

    /// <summary>Takes what is stored, or a part of it that was announced; older news than what is known changes nothing.</summary>
    internal void Advance(StoredPositions found)
    {
        lock (sync)
        {
            if (found.Generation < generation) return;
            if (found.Generation > generation) known.Clear();
            generation = found.Generation;
            foreach (var (partition, reached) in found.Partitions) Raise(partition, reached);
        }
    }

    /// <summary>Takes what this host's feed committed, and has it announced to the others.</summary>
    internal void Moved(StoredPositions committed)
    {
        lock (sync)
        {
            Advance(committed);
            unannounced.UnionWith(committed.Partitions.Keys);
            announcing.Writer.TryWrite(true);
        }
    }

    /// <summary>Waits until there are moves to announce, and gives them.</summary>
    internal async Task<StoredPositions> NextAnnouncement(CancellationToken cancellationToken)
    {
        await announcing.Reader.ReadAsync(cancellationToken);
        lock (sync)
        {
            var moved = unannounced.ToDictionary(partition => partition, partition => known.GetValueOrDefault(partition, new(0, -1)));
            unannounced.Clear();
            return new(generation, moved);
        }
    }

    /// <summary>Waits until a position is projected; false when the time, or the host's, ran out first.</summary>
    internal async Task<bool> Reach(Position position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(position);
        lock (sync)
        {
            if (IsReached(position)) return true;
            if (!waiters.TryGetValue(position.Partition, out var others)) waiters.Add(position.Partition, others = []);
            others.Add(waiter);
        }

        try
        {
            return await lastCall.Await(waiter.Source.Task, timeout, cancellationToken);
        }
        finally
        {
            lock (sync) Leave(waiter);
        }
    }

    private void Raise(TopicPartition partition, Reached reached)
    {
        var before = known.GetValueOrDefault(partition, new(0, -1));
        known[partition] = new(Math.Max(before.Next, reached.Next), Math.Max(before.CommandOffset, reached.CommandOffset));
        if (!waiters.TryGetValue(partition.Partition, out var waiting)) return;
        foreach (var waiter in waiting.Where(waiter => IsReached(waiter.Position))) waiter.Source.TrySetResult();
    }

    private void Leave(Waiter waiter)
    {
        if (!waiters.TryGetValue(waiter.Position.Partition, out var waiting)) return;
        waiting.Remove(waiter);
        if (waiting.Count == 0) waiters.Remove(waiter.Position.Partition);
    }

    /// <summary>A command is reached when its first answer is: commands are answered in order, so that a later one's answer tells too.</summary>
    private bool IsReached(Position position)
    {
        var itself = known.GetValueOrDefault(position.TopicPartition).Next > position.Offset;
        return itself && (position.Topic != Topics.Commands
            || known.GetValueOrDefault(new(Topics.Events, position.Partition), new(0, -1)).CommandOffset >= position.Offset);
    }

    private sealed record Waiter(Position Position)
    {
        internal TaskCompletionSource Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
