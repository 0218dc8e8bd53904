using Microsoft.Extensions.Logging;

namespace Cmdr.Projections;

/// <summary>What feeds the views that modules declare, in the catalog's order.</summary>
internal sealed class ViewFeeds(Catalog catalog, ILogger<ViewFeeds> logger)
{
    /// <summary>Each view with its feed.</summary>
    internal IReadOnlyList<(ViewType View, IViewFeed Feed)> All { get; } = [.. catalog.Views.Select(view => (view, FeedOf(view, catalog, logger)))];

    private static IViewFeed FeedOf(ViewType view, Catalog catalog, ILogger logger)
    {
        var making = new Making(view, catalog, logger);
        view.Accept(making);
        return making.Feed!; // Accept visits
    }

    private sealed class Making(ViewType view, Catalog catalog, ILogger logger) : IViewVisitor
    {
        internal IViewFeed? Feed { get; private set; }

        public void Visit<TView, TEvent>()
            where TView : class, IView<TView, TEvent>
            where TEvent : class => Feed = new ViewFeed<TView, TEvent>(view, catalog, logger);
    }
}
