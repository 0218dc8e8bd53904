using System.Collections.Frozen;
using Marten;

namespace Cmdr.Projections;

/// <inheritdoc/>
internal sealed class Views : IViews
{
    private readonly FrozenDictionary<ViewType, IViewReader> readers;
    private readonly Progress progress;

    public Views(Catalog catalog, IDocumentStore store, Progress progress)
    {
        this.progress = progress;
        readers = catalog.Views.ToFrozenDictionary(view => view, view => ReaderOf(view, store));
    }

    public Task<object?> Find(ViewType view, string id, CancellationToken cancellationToken) => readers[view].Find(id, cancellationToken);

    public Task<ViewPage> List(ViewType view, PageRequest page, CancellationToken cancellationToken) => readers[view].List(page, cancellationToken);

    public Task<bool> Reach(Position position, TimeSpan timeout, CancellationToken cancellationToken) => progress.Reach(position, timeout, cancellationToken);

    private static IViewReader ReaderOf(ViewType view, IDocumentStore store)
    {
        var making = new Making(view, store);
        view.Accept(making);
        return making.Reader!; // Accept visits
    }

    private sealed class Making(ViewType view, IDocumentStore store) : IViewVisitor
    {
        internal IViewReader? Reader { get; private set; }

        public void Visit<TView, TEvent>()
            where TView : class, IView<TView, TEvent>
            where TEvent : class => Reader = new ViewReader<TView>(view, store);
    }
}
