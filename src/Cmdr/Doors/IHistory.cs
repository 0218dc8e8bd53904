namespace Cmdr;

/// <summary>The door to every record that was projected: commands and events, by id and by what they have in common.</summary>
public interface IHistory
{
    /// <summary>The command of this id; null when none is projected. Where several subjects know the id, the first on the log unless one is named.</summary>
    Task<HistoryRecord?> FindCommand(Guid id, Subject? subject, CancellationToken cancellationToken);

    /// <summary>The record of this id on <c>events</c>; null when none is projected.</summary>
    Task<HistoryRecord?> FindEvent(Guid id, CancellationToken cancellationToken);

    /// <summary>A page of one topic's records, oldest first: by time, then partition, then offset, so that a rebuilt history gives the same pages.</summary>
    /// <param name="topic"><see cref="Topics.Commands"/> or <see cref="Topics.Events"/>.</param>
    /// <param name="filter">What they have in common.</param>
    /// <param name="page">Which page.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<HistoryPage> List(string topic, HistoryFilter filter, PageRequest page, CancellationToken cancellationToken);
}

/// <summary>A record with its place on the log.</summary>
/// <param name="Position">Where.</param>
/// <param name="Envelope">What.</param>
public sealed record HistoryRecord(Position Position, Envelope Envelope);

/// <summary>What records have in common; null members do not restrict.</summary>
public sealed record HistoryFilter
{
    /// <summary>One of these types; null or empty for any.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>This subject.</summary>
    public Subject? Subject { get; init; }

    /// <summary>This narrative.</summary>
    public Guid? CorrelationId { get; init; }

    /// <summary>This parent.</summary>
    public Guid? CausationId { get; init; }

    /// <summary>At or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>True when <paramref name="envelope"/> is one of them.</summary>
    public bool Matches(Envelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        return (Types is not { Count: > 0 } || Types.Contains(envelope.Type))
            && (Subject is null || Subject == envelope.Subject)
            && (CorrelationId is null || CorrelationId == envelope.CorrelationId)
            && (CausationId is null || CausationId == envelope.CausationId)
            && (From is null || envelope.Time >= From)
            && (Until is null || envelope.Time < Until);
    }
}

/// <summary>Which part of a list: the first so many after a place, or the last so many before one. Relay's Cursor Connections Specification.</summary>
/// <param name="First">How many from the beginning; null for the default unless <paramref name="Last"/> is given.</param>
/// <param name="After">The cursor of the item before the page; null for the beginning.</param>
/// <param name="Last">How many from the end; null when counted from the beginning.</param>
/// <param name="Before">The cursor of the item after the page; null for the end.</param>
public sealed record PageRequest(int? First = null, string? After = null, int? Last = null, string? Before = null)
{
    /// <summary>How many items a page has when nothing is said.</summary>
    public const int DefaultSize = 50;

    /// <summary>The most items a page may have.</summary>
    public const int MaxSize = 1000;
}

/// <summary>A page of records.</summary>
/// <param name="Items">Each with the cursor that names its place in the list.</param>
/// <param name="HasNext">True when there are items after the page.</param>
/// <param name="HasPrevious">True when there are items before the page.</param>
public sealed record HistoryPage(IReadOnlyList<PageItem<HistoryRecord>> Items, bool HasNext, bool HasPrevious);

/// <summary>An item of a page.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Value">The item.</param>
/// <param name="Cursor">Names its place in the list; opaque.</param>
public sealed record PageItem<T>(T Value, string Cursor);
