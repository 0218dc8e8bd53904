namespace Cmdr;

/// <summary>The door to the read models.</summary>
public interface IViews
{
    /// <summary>The document of this id; null when there is none.</summary>
    Task<object?> Find(ViewType view, string id, CancellationToken cancellationToken);

    /// <summary>A page of a view's documents in the order of their ids.</summary>
    /// <exception cref="CursorException">The page's cursor is not one of this list.</exception>
    Task<ViewPage> List(ViewType view, PageRequest page, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until views and history reflect a position: a record on <c>events</c>, or, given a command's position, the first record that answers it.
    /// </summary>
    /// <returns>False when <paramref name="timeout"/> ran out first, or the host stops (<see cref="LastCall"/>).</returns>
    Task<bool> Reach(Position position, TimeSpan timeout, CancellationToken cancellationToken);
}

/// <summary>A page of documents.</summary>
/// <param name="Items">Each with the cursor that names its place in the list.</param>
/// <param name="HasNext">True when there are items after the page.</param>
/// <param name="HasPrevious">True when there are items before the page.</param>
public sealed record ViewPage(IReadOnlyList<PageItem<object>> Items, bool HasNext, bool HasPrevious);
