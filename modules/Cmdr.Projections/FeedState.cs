using System.Collections.Concurrent;

namespace Cmdr.Projections;

/// <summary>How the feed of this host fares, for health.</summary>
internal sealed class FeedState
{
    private readonly ConcurrentDictionary<TopicPartition, ViewException> held = new();

    /// <summary>Why the last slice failed; null when it did not.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>The partitions that a view stops.</summary>
    internal IReadOnlyCollection<ViewException> HeldBy => [.. held.Values];

    internal void Worked() => Failure = null;

    internal void Failed(Exception exception) => Failure = exception;

    internal void Held(ViewException exception) => held[exception.Position.TopicPartition] = exception;

    internal void Released(TopicPartition partition) => held.TryRemove(partition, out _);
}
