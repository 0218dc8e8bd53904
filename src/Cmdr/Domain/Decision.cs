using System.Collections;
using System.Runtime.CompilerServices;

namespace Cmdr;

/// <summary>What follows from a command: one event, several, none, or a <see cref="Cmdr.Refusal"/>.</summary>
/// <remarks>Write an event, a refusal, or a collection expression such as <c>[]</c> where a decision is wanted.</remarks>
/// <typeparam name="TEvent">The family of events.</typeparam>
[CollectionBuilder(typeof(Decision), nameof(Decision.Of))]
public readonly struct Decision<TEvent> : IEquatable<Decision<TEvent>>, IEnumerable<TEvent>
    where TEvent : class
{
    private readonly TEvent[]? events;

    internal Decision(TEvent[] events) => this.events = events;

    private Decision(Refusal refusal) => Refusal = refusal;

    /// <summary>The events in the order in which they happened; empty when refused or when nothing happened.</summary>
    public IReadOnlyList<TEvent> Events => events ?? [];

    /// <summary>The business "no"; null when the command was accepted.</summary>
    public Refusal? Refusal { get; }

    /// <summary>A decision of one event.</summary>
    public static implicit operator Decision<TEvent>(TEvent e) => new([e]);

    /// <summary>A decision to refuse.</summary>
    public static implicit operator Decision<TEvent>(Refusal refusal) => new(refusal);

    /// <summary>The decision's events, for collection expressions.</summary>
    public IEnumerator<TEvent> GetEnumerator() => Events.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Decision<TEvent> other) => Equals(Refusal, other.Refusal) && Events.SequenceEqual(other.Events);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Decision<TEvent> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Refusal, Events.Count);

    /// <summary>True when both decisions have the same refusal and equal events.</summary>
    public static bool operator ==(Decision<TEvent> left, Decision<TEvent> right) => left.Equals(right);

    /// <summary>True when the decisions differ.</summary>
    public static bool operator !=(Decision<TEvent> left, Decision<TEvent> right) => !left.Equals(right);
}

/// <summary>Builds decisions of several events.</summary>
public static class Decision
{
    /// <summary>A decision of <paramref name="events"/> in their order; of none when empty.</summary>
    public static Decision<TEvent> Of<TEvent>(ReadOnlySpan<TEvent> events)
        where TEvent : class => new(events.ToArray());
}

/// <summary>A business "no": a value that callers see, never an exception.</summary>
/// <param name="Code">Kebab-case, stable: what a client's code compares with.</param>
/// <param name="Message">For people; null when the code says it all.</param>
public sealed record Refusal(string Code, string? Message = null);
