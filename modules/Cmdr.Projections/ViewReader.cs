using System.Linq.Expressions;
using Marten;

namespace Cmdr.Projections;

/// <summary>Reads the documents of one view.</summary>
internal interface IViewReader
{
    Task<object?> Find(string id, CancellationToken cancellationToken);

    Task<ViewPage> List(PageRequest page, CancellationToken cancellationToken);
}

/// <inheritdoc/>
internal sealed class ViewReader<TView>(ViewType view, IDocumentStore store) : IViewReader
    where TView : class
{
    private static readonly Func<TView, string> Id = ViewId.Of<TView>();

    public async Task<object?> Find(string id, CancellationToken cancellationToken)
    {
        if (Subject.FaultOf(id) is not null) return null;
        await using var session = store.QuerySession();
        return await session.LoadAsync<TView>(id, cancellationToken);
    }

    public async Task<ViewPage> List(PageRequest page, CancellationToken cancellationToken)
    {
        var (items, hasNext, hasPrevious) = await new Keyset<TView, string>(Id, Parse, Range).Page(page, cancellationToken);
        return new([.. items.Select(item => new PageItem<object>(item, ListCursor.Write(view.Name, Id(item))))], hasNext, hasPrevious);
    }

    private string Parse(string cursor) => ListCursor.Parse(cursor) is [{ } list, { } id] && list == view.Name && Subject.FaultOf(id) is null
        ? id
        : throw ListCursor.Malformed(cursor);

    private async Task<IReadOnlyList<TView>> Range(string? after, string? before, bool backward, int size, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession();
        // No id is empty, so that all ids come after the empty one.
        return await session.QueryAsync<TView>(backward ? Sql.ViewsBackward : Sql.ViewsForward, cancellationToken, after ?? "", before!, before!, size);
    }
}

/// <summary>The id of a document.</summary>
internal static class ViewId
{
    internal static Func<TView, string> Of<TView>()
    {
        var document = Expression.Parameter(typeof(TView));
        return Expression.Lambda<Func<TView, string>>(Expression.Property(document, "Id"), document).Compile(); // the catalog saw to it that there is one
    }
}
