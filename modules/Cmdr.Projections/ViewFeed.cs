using Marten;
using Marten.Services.BatchQuerying;
using Microsoft.Extensions.Logging;

namespace Cmdr.Projections;

/// <summary>What feeds one view.</summary>
internal interface IViewFeed
{
    /// <summary>The record as which the view reads an event of a name; null when it is not fed by it.</summary>
    EventType? Reads(string type);

    /// <summary>Begins a slice.</summary>
    IViewSlice Begin();
}

/// <summary>What one slice does to one view. Its members are called in the order in which they stand.</summary>
internal interface IViewSlice
{
    /// <summary>Takes an event, in the slice's order.</summary>
    /// <exception cref="ViewException">The view's Key threw.</exception>
    void Add(HistoryRecord message, object e);

    /// <summary>Adds what to lock, so that two slices that touch one document come one after the other.</summary>
    void Lock(ViewLocks locks);

    /// <summary>Adds the documents that the slice touches to what is loaded.</summary>
    void Load(IBatchedQuery query);

    /// <summary>Evolves and stores them; <paramref name="folds"/> says whether a subject's event is in sequence.</summary>
    /// <exception cref="ViewException">The view's Evolve threw.</exception>
    Task Store(IDocumentSession session, Predicate<HistoryRecord> folds);
}

/// <inheritdoc/>
internal sealed partial class ViewFeed<TView, TEvent>(ViewType view, Catalog catalog, ILogger logger) : IViewFeed
    where TView : class, IView<TView, TEvent>
    where TEvent : class
{
    // A module's own record of an event goes before that of its writer.
    private readonly Dictionary<string, EventType> feeds = view.Feeds.OrderByDescending(e => e.IsWriter).GroupBy(e => e.Name).ToDictionary(named => named.Key, named => named.Last());

    // Where the key is the id of subjects of one category, one partition feeds each document; null where several may.
    private readonly string? home = view.KeyedBySubject ? HomeOf(view, catalog) : null;

    private static readonly Func<TView, string> Id = ViewId.Of<TView>();

    public EventType? Reads(string type) => feeds.GetValueOrDefault(type);

    public IViewSlice Begin() => new Touched(this);

    private static string? HomeOf(ViewType view, Catalog catalog)
    {
        List<DeciderType> deciders = [.. catalog.Deciders.Where(decider => decider.Events.Intersect(view.Feeds).Any())];
        return deciders is [var only] && view.Feeds.All(only.Events.Contains) ? only.Category : null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The event at {Position} is for a document of {View} that cannot be: its id {Fault}. The view is left as it is.")]
    private partial void LogImpossibleKey(Position position, string view, string fault);

    private sealed class Touched(ViewFeed<TView, TEvent> feed) : IViewSlice
    {
        private readonly List<(string Key, HistoryRecord Message, Recorded<TEvent> Recorded)> events = [];
        private readonly HashSet<string> keys = [];
        private Task<IReadOnlyList<TView>>? loading;

        public void Add(HistoryRecord message, object e)
        {
            var envelope = message.Envelope;
            var recorded = new Recorded<TEvent>((TEvent)e, envelope.Subject, envelope.Sequence, envelope.Time, message.Position, envelope.Actor);
            if (Guarded(recorded, () => TView.Key(recorded)) is not { } key) return;
            if (Subject.FaultOf(key) is { } fault)
            {
                feed.LogImpossibleKey(message.Position, Name, fault);
                return;
            }

            events.Add((key, message, recorded));
            keys.Add(key);
        }

        public void Lock(ViewLocks locks)
        {
            if (keys.Count == 0) return;
            if (feed.home is null) locks.Documents(Name, keys);
            else if (events.TrueForAll(e => e.Message.Envelope.Subject.Category == feed.home)) locks.Own(Name);
            else locks.All(Name);
        }

        public void Load(IBatchedQuery query)
        {
            if (keys.Count > 0) loading = query.LoadMany<TView>().ByIdList(keys);
        }

        public async Task Store(IDocumentSession session, Predicate<HistoryRecord> folds)
        {
            if (loading is null) return;
            var stored = (await loading).ToDictionary(Id);
            var now = new Dictionary<string, TView?>(keys.Count);
            foreach (var (key, message, recorded) in events)
            {
                if (!folds(message)) continue;
                var before = now.TryGetValue(key, out var changed) ? changed : stored.GetValueOrDefault(key);
                now[key] = Guarded(recorded, () => Evolve(before, recorded, key));
            }

            foreach (var (key, document) in now)
            {
                if (document is not null) session.Store(document);
                else if (stored.ContainsKey(key)) session.Delete<TView>(key);
            }
        }

        private string Name => feed.View.Name;

        private static TView? Evolve(TView? before, Recorded<TEvent> recorded, string key)
        {
            var after = TView.Evolve(before, recorded);
            return after is null || Id(after) == key
                ? after
                : throw new InvalidOperationException($"Evolve gave the document '{Id(after)}' where Key says '{key}'.");
        }

        private T Guarded<T>(Recorded<TEvent> recorded, Func<T> code)
        {
            try
            {
                return code();
            }
            catch (Exception e)
            {
                throw new ViewException(feed.View, recorded.Position, e);
            }
        }
    }

    private ViewType View => view;
}
