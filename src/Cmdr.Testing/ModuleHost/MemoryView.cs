namespace Cmdr.Testing;

/// <summary>The documents of one view, kept as JSON as any store keeps them.</summary>
internal abstract class MemoryView
{
    private readonly SortedDictionary<string, byte[]> documents = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, byte[]> Documents => documents;

    public static MemoryView Of(ViewType view)
    {
        var making = new Making(view);
        view.Accept(making);
        return making.View!; // Accept visits
    }

    /// <summary>Evolves the document that an event is for.</summary>
    public abstract void Take(HistoryRecord record);

    protected void Keep(string key, object? document)
    {
        if (document is null) documents.Remove(key);
        else documents[key] = Codec.Encode(document);
    }

    private sealed class Making(ViewType view) : IViewVisitor
    {
        public MemoryView? View { get; private set; }

        public void Visit<TView, TEvent>()
            where TView : class, IView<TView, TEvent>
            where TEvent : class => View = new Typed<TView, TEvent>(view);
    }

    private sealed class Typed<TView, TEvent>(ViewType view) : MemoryView
        where TView : class, IView<TView, TEvent>
        where TEvent : class
    {
        // A module's own record of an event goes before that of its writer.
        private readonly Dictionary<string, Type> feeds =
            view.Feeds.OrderByDescending(e => e.IsWriter).GroupBy(e => e.Name).ToDictionary(named => named.Key, named => named.Last().ClrType);

        public override void Take(HistoryRecord record)
        {
            var envelope = record.Envelope;
            if (!feeds.TryGetValue(envelope.Type, out var type)) return;
            var e = (TEvent)Codec.Decode(envelope.Data.Span, type);
            var recorded = new Recorded<TEvent>(e, envelope.Subject, envelope.Sequence, envelope.Time, record.Position, envelope.Actor);
            if (TView.Key(recorded) is not { } key) return;
            var before = Documents.TryGetValue(key, out var json) ? (TView)Codec.Decode(json, typeof(TView)) : null;
            Keep(key, TView.Evolve(before, recorded));
        }
    }
}
