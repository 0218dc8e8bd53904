using System.Collections.Concurrent;
using System.Text.Json;

namespace Cmdr.Graph.Tests;

/// <summary>All doors over one memory log: commands are decided where they are submitted, so that a test of the edge needs no other part.</summary>
internal sealed class FakeDoors(Catalog catalog, ILog log) : IIntake, IViews, IHistory, IDisposable
{
    private readonly SemaphoreSlim deciding = new(1, 1);
    private readonly ConcurrentDictionary<Subject, object> states = new();
    private readonly Dictionary<(Subject, Guid), (byte[] Body, Receipt Receipt)> known = [];
    private readonly SortedDictionary<string, SortedDictionary<string, object>> documents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<HistoryRecord>> records = new() { [Topics.Commands] = [], [Topics.Events] = [] };

    internal Exception? FailWith { get; set; }

    internal int Submits { get; private set; }

    public async Task<Submitted> Submit(IReadOnlyList<Submission> commands, SubmitOptions options, CancellationToken cancellationToken)
    {
        Submits++;
        if (FailWith is { } failure) throw failure;
        List<ShapeFault> faults = [];
        foreach (var command in commands)
        {
            using var json = JsonDocument.Parse(command.Data);
            if (catalog.Command(command.Type) is { } type) faults.AddRange(type.Shape.Validate(json.RootElement, command.Path));
            else faults.Add(new(FaultCode.UnknownType, command.Path.Replace("data", "type", StringComparison.Ordinal), "It is not a command that this host knows."));
        }

        if (faults.Count > 0) return new([], faults);
        await deciding.WaitAsync(cancellationToken);
        try
        {
            List<Receipt> receipts = [];
            foreach (var command in commands) receipts.Add(await Handle(command, options));
            return new(receipts, []);
        }
        finally
        {
            deciding.Release();
        }
    }

    public void Dispose() => deciding.Dispose();

    public Task<object?> Find(ViewType view, string id, CancellationToken cancellationToken) =>
        Task.FromResult(documents.GetValueOrDefault(view.Name)?.GetValueOrDefault(id));

    public Task<ViewPage> List(ViewType view, PageRequest page, CancellationToken cancellationToken)
    {
        var all = documents.GetValueOrDefault(view.Name) ?? [];
        var (items, next, previous) = Page(all.Select(x => new PageItem<object>(x.Value, x.Key)), page);
        return Task.FromResult(new ViewPage(items, next, previous));
    }

    public Task<bool> Reach(Position position, TimeSpan timeout, CancellationToken cancellationToken) => Task.FromResult(position.Offset < 1_000_000);

    public Task<HistoryRecord?> FindCommand(Guid id, Subject? subject, CancellationToken cancellationToken) =>
        Task.FromResult(records[Topics.Commands].Find(x => x.Envelope.Id == id && (subject is null || x.Envelope.Subject == subject)));

    public Task<HistoryRecord?> FindEvent(Guid id, CancellationToken cancellationToken) => Task.FromResult(records[Topics.Events].Find(x => x.Envelope.Id == id));

    public Task<HistoryPage> List(string topic, HistoryFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        var all = records[topic].Where(x => filter.Matches(x.Envelope)).Select((x, i) => new PageItem<HistoryRecord>(x, i.ToString("D6", null)));
        var (items, next, previous) = Page(all, page);
        return Task.FromResult(new HistoryPage(items, next, previous));
    }

    private static (IReadOnlyList<PageItem<T>> Items, bool HasNext, bool HasPrevious) Page<T>(IEnumerable<PageItem<T>> all, PageRequest page)
    {
        if (page.After == "nonsense") throw new CursorException(CursorException.Malformed, "after is not a cursor of this list.");
        var within = all.Where(x => (page.After is null || string.CompareOrdinal(x.Cursor, page.After) > 0) && (page.Before is null || string.CompareOrdinal(x.Cursor, page.Before) < 0)).ToList();
        var items = page.Last is { } last ? within.TakeLast(last).ToList() : within.Take(page.First ?? PageRequest.DefaultSize).ToList();
        return (items, page.Last is null ? items.Count < within.Count : page.Before is not null, page.Last is null ? page.After is not null : items.Count < within.Count);
    }

    private async Task<Receipt> Handle(Submission submission, SubmitOptions options)
    {
        var type = catalog.Command(submission.Type)!; // judged before
        var command = Codec.Decode(submission.Data.Span, type.ClrType);
        var subject = type.Subject(command);
        var id = submission.Id ?? Guid.CreateVersion7();
        if (known.TryGetValue((subject, id), out var first))
        {
            return first.Receipt with { Repeated = true, Reused = !first.Body.AsSpan().SequenceEqual(submission.Data.Span) };
        }

        var asked = await Append(Topics.Commands, Envelope(id, submission.Type, subject, submission.Data, id, null, options.Actor));
        var (events, refusal) = Decided.By(type, states, subject, command, new(id, DateTimeOffset.UtcNow, options.Actor));
        List<HistoryRecord> caused = [];
        foreach (var e in events) caused.Add(await Record(e, subject, id, options.Actor));
        if (refusal is not null) caused.Add(await Record(new CommandRefused(refusal.Code, refusal.Message), subject, id, options.Actor));
        var receipt = new Receipt
        {
            Id = id, Type = submission.Type, Subject = subject, Position = (caused.Count == 0 ? asked : caused[^1]).Position, Refusal = refusal,
            Status = refusal is null ? Status.Completed : Status.Refused, Projected = options.Wait == Wait.Projected, Events = refusal is null ? caused : [],
        };
        known[(subject, id)] = (submission.Data.ToArray(), receipt);
        return receipt;
    }

    private async Task<HistoryRecord> Record(object e, Subject subject, Guid command, string? actor)
    {
        var logged = await Append(Topics.Events, Envelope(Guid.CreateVersion7(), Naming.Of(e.GetType()), subject, Codec.Encode(e), command, command, actor));
        foreach (var view in catalog.Views.Where(view => view.Feeds.Any(feed => feed.ClrType == e.GetType())))
        {
            if (!documents.TryGetValue(view.Name, out var ofView)) documents.Add(view.Name, ofView = new(StringComparer.Ordinal));
            Evolved.In(ofView, view, e, subject, logged);
        }

        return logged;
    }

    private async Task<HistoryRecord> Append(string topic, Envelope envelope)
    {
        var positions = await log.Append(topic, [CloudEventBinding.Write(envelope)], CancellationToken.None);
        var record = new HistoryRecord(positions[0], envelope);
        records[topic].Add(record);
        return record;
    }

    private static Envelope Envelope(Guid id, string type, Subject subject, ReadOnlyMemory<byte> data, Guid correlation, Guid? causation, string? actor) => new()
    {
        Id = id, Type = type, Subject = subject, Time = DateTimeOffset.UtcNow, Data = data, CorrelationId = correlation, CausationId = causation, Actor = actor,
    };
}
