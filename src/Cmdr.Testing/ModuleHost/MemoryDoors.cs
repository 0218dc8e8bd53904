using System.Globalization;

namespace Cmdr.Testing;

/// <summary>The door to the views in memory.</summary>
internal sealed class MemoryViews(MemoryProjections projections) : IViews
{
    public Task<object?> Find(ViewType view, string id, CancellationToken cancellationToken) => Task.FromResult(
        projections.Read((views, _) => views[view].Documents.TryGetValue(id, out var json) ? Codec.Decode(json, view.ClrType) : null));

    public Task<ViewPage> List(ViewType view, PageRequest page, CancellationToken cancellationToken)
    {
        var documents = projections.Read((views, _) => views[view].Documents.Select(document => (document.Key, document.Value)).ToList());
        var (items, hasNext, hasPrevious) = MemoryPage.Of(view.Name, documents, page);
        return Task.FromResult<ViewPage>(new([.. items.Select(item => new PageItem<object>(Codec.Decode(item.Value, view.ClrType), item.Cursor))], hasNext, hasPrevious));
    }

    public Task<bool> Reach(Position position, TimeSpan timeout, CancellationToken cancellationToken) => projections.Reach(position, timeout, cancellationToken);
}

/// <summary>The door to the history in memory.</summary>
internal sealed class MemoryHistory(MemoryProjections projections) : IHistory
{
    public Task<HistoryRecord?> FindCommand(Guid id, Subject? subject, CancellationToken cancellationToken) =>
        Task.FromResult(InOrder(Topics.Commands).Find(record => record.Envelope.Id == id && (subject is null || subject == record.Envelope.Subject)));

    public Task<HistoryRecord?> FindEvent(Guid id, CancellationToken cancellationToken) =>
        Task.FromResult(InOrder(Topics.Events).Find(record => record.Envelope.Id == id));

    public Task<HistoryPage> List(string topic, HistoryFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        var matching = InOrder(topic).Where(record => filter.Matches(record.Envelope)).Select(record => (Key(record), record)).ToList();
        var (items, hasNext, hasPrevious) = MemoryPage.Of(topic, matching, page);
        return Task.FromResult<HistoryPage>(new([.. items.Select(item => new PageItem<HistoryRecord>(item.Value, item.Cursor))], hasNext, hasPrevious));
    }

    private List<HistoryRecord> InOrder(string topic) => projections.Read((_, history) => history[topic].OrderBy(Key, StringComparer.Ordinal).ToList());

    /// <summary>Orders by time, then partition, then offset.</summary>
    private static string Key(HistoryRecord record) => string.Create(
        CultureInfo.InvariantCulture, $"{record.Envelope.Time.UtcTicks:D19}/{record.Position.Partition:D6}/{record.Position.Offset:D19}");
}
