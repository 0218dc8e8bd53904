namespace Cmdr;

/// <summary>
/// The records on <c>parked</c>: what a group of processors set aside, and what became of it. Each has the subject of the parked event for a key, so that it is
/// on the partition of the same number. What is parked follows from them alone (<see cref="ParkedSubjects"/>).
/// </summary>
/// <param name="Group">The processor's group.</param>
public abstract record Parking(string Group);

/// <summary>An event that the group did not handle: it failed, or it waits behind one that did. Written by the partition's owner, with the group's position.</summary>
/// <param name="Group">The processor's group.</param>
/// <param name="Position">Where the event is, such as <c>events/3/17</c>.</param>
/// <param name="Type">The event's type; null when its record says none.</param>
/// <param name="Event">The event's id; null when its record says none.</param>
/// <param name="Error">Why it failed; null while it only waits for what is before it.</param>
public sealed record EventParked(string Group, string Position, string? Type, Guid? Event, string? Error) : Parking(Group);

/// <summary>A parked event was handled after all. Written by the partition's owner.</summary>
/// <param name="Group">The processor's group.</param>
/// <param name="Position">Where the event is.</param>
public sealed record ParkedEventHandled(string Group, string Position) : Parking(Group);

/// <summary>An operator asked that a subject's parked events be handled, in their order.</summary>
/// <param name="Group">The processor's group.</param>
public sealed record ParkedRetryRequested(string Group) : Parking(Group);

/// <summary>An operator gave parked events up: they are never handled. What the subject had parked behind them flows on.</summary>
/// <param name="Group">The processor's group.</param>
/// <param name="Position">Where the event is; null for all that the subject has parked before this record.</param>
public sealed record ParkedEventsDropped(string Group, string? Position) : Parking(Group);
