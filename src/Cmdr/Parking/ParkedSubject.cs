using System.Collections.Immutable;

namespace Cmdr;

/// <summary>What a group has parked of one subject, in the order in which it is to be handled; never changed, so that it can be read while others go on.</summary>
/// <param name="Group">The processor's group.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Events">By position; never empty.</param>
public sealed record ParkedSubject(string Group, Subject Subject, ImmutableSortedDictionary<Position, ParkedEvent> Events)
{
    private static readonly Comparer<Position> InOrder = Comparer<Position>.Create((left, right) =>
        left.TopicPartition.CompareTo(right.TopicPartition) is var byPartition and not 0 ? byPartition : left.Offset.CompareTo(right.Offset));

    /// <summary>True when its first event has not failed since it was asked for: the owner handles it, and so on until one fails.</summary>
    public bool IsReady => Events.First().Value.Error is null;

    /// <summary>A queue of one event.</summary>
    internal static ParkedSubject Of(ParkedEvent parked) => new(parked.Group, parked.Subject, ImmutableSortedDictionary.Create<Position, ParkedEvent>(InOrder).Add(parked.Position, parked));

    /// <summary>With an event that failed or waits; one that was there already keeps its time, and what is known of it when nothing new is.</summary>
    internal ParkedSubject With(ParkedEvent parked)
    {
        if (!Events.TryGetValue(parked.Position, out var before)) return this with { Events = Events.Add(parked.Position, parked) };
        return parked.Error is null ? this : this with { Events = Events.SetItem(parked.Position, parked with { Since = before.Since, Failures = before.Failures + 1 }) };
    }

    /// <summary>Without an event; null when it was the last.</summary>
    internal ParkedSubject? Without(Position position) => Events.Remove(position) is { IsEmpty: false } left ? this with { Events = left } : null;

    /// <summary>With every event to be tried again.</summary>
    internal ParkedSubject Retried() => this with { Events = Events.SetItems(Events.Select(parked => KeyValuePair.Create(parked.Key, parked.Value with { Error = null }))) };
}
