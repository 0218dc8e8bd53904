namespace Cmdr;

/// <summary>The door to what is set aside after failures, for operators: to see it, to have it handled again, to give it up. Open in every host.</summary>
public interface IParked
{
    /// <summary>A page of what is parked now, by group, subject and position.</summary>
    /// <exception cref="CursorException">The page's cursor is not one of this list.</exception>
    /// <exception cref="LogException">The log failed.</exception>
    Task<ParkedPage> List(ParkedFilter filter, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Asks that the parked events of a subject be handled, in their order; whoever owns its partition then tries. A failure parks again.</summary>
    /// <param name="group">The processor's group.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="actor">Who asks, as authenticated; null when anonymous.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Where the request is on the log; null, and nothing was done, when nothing of the subject is parked for the group.</returns>
    /// <exception cref="LogException">The log failed. Asking again is safe.</exception>
    Task<Position?> Retry(string group, Subject subject, string? actor, CancellationToken cancellationToken);

    /// <summary>Gives parked events of a subject up: they are never handled. What is parked behind them is handled next.</summary>
    /// <param name="group">The processor's group.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="position">One event; null for all that the subject has parked.</param>
    /// <param name="actor">Who asks, as authenticated; null when anonymous.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Where the request is on the log; null, and nothing was done, when there is no such parked event.</returns>
    /// <exception cref="LogException">The log failed. Asking again is safe.</exception>
    Task<Position?> Drop(string group, Subject subject, Position? position, string? actor, CancellationToken cancellationToken);
}

/// <summary>Which parked events; null members do not restrict.</summary>
/// <param name="Group">Of this group.</param>
/// <param name="Subject">Of this subject.</param>
public sealed record ParkedFilter(string? Group = null, Subject? Subject = null);

/// <summary>Something that is set aside.</summary>
/// <param name="Group">Who set it aside: a processor's group.</param>
/// <param name="Subject">Its subject: whatever else comes for it waits behind.</param>
/// <param name="Position">Where it is on the log.</param>
/// <param name="Type">Its type; null when its record says none.</param>
/// <param name="Id">Its id; null when its record says none.</param>
/// <param name="Error">Why it failed when it was last tried; null while it waits for what is before it, or to be tried again.</param>
/// <param name="Since">When it was set aside first, UTC.</param>
/// <param name="Failures">How often it was tried, and set aside because it failed.</param>
public sealed record ParkedEvent(string Group, Subject Subject, Position Position, string? Type, Guid? Id, string? Error, DateTimeOffset Since, int Failures);

/// <summary>A page of what is parked.</summary>
/// <param name="Items">Each with the cursor that names its place in the list.</param>
/// <param name="HasNext">True when there are items after the page.</param>
/// <param name="HasPrevious">True when there are items before the page.</param>
public sealed record ParkedPage(IReadOnlyList<PageItem<ParkedEvent>> Items, bool HasNext, bool HasPrevious);
