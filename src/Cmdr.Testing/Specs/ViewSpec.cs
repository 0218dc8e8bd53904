namespace Cmdr.Testing;

/// <summary>
/// Specifies a view in sentences: <c>Given("account/a1", events).And("account/a2", events).Then(view)</c>. Beside what a sentence says, each checks that
/// documents survive their JSON, that evolving is pure, that a document's <c>Id</c> is its key, and that subjects may interleave in any way.
/// </summary>
/// <typeparam name="TView">The view.</typeparam>
/// <typeparam name="TEvent">What feeds it.</typeparam>
public abstract class ViewSpec<TView, TEvent>
    where TView : class, IView<TView, TEvent>
    where TEvent : class
{
    /// <summary>What happened to a subject, such as <c>account/a1</c>, in its order: a second apart, from 1 January 2025, anonymous.</summary>
    protected static ViewHistory<TView, TEvent> Given(string subject, params TEvent[] events) => new ViewHistory<TView, TEvent>([]).And(subject, events);

    /// <summary>What happened, each with a time, an actor and a sequence of its own.</summary>
    protected static ViewHistory<TView, TEvent> Given(params Recorded<TEvent>[] events) => new(events);
}

/// <summary>What happened, and the documents that follow from it.</summary>
public sealed class ViewHistory<TView, TEvent>
    where TView : class, IView<TView, TEvent>
    where TEvent : class
{
    private const int Shuffles = 200;
    private const int Partitions = 16;

    private readonly IReadOnlyList<Recorded<TEvent>> events;
    private readonly Lazy<IReadOnlyDictionary<string, TView>> documents;

    internal ViewHistory(IReadOnlyList<Recorded<TEvent>> events)
    {
        this.events = events;
        documents = new(CheckedInEveryOrder);
    }

    /// <summary>What happened to another subject, or to the same one later.</summary>
    public ViewHistory<TView, TEvent> And(string subject, params TEvent[] more)
    {
        ArgumentNullException.ThrowIfNull(more);
        if (!Subject.TryParse(subject, out var about)) throw new ArgumentException($"'{subject}' is not a subject; write category/id, such as account/a1.", nameof(subject));
        var recorded = events.ToList();
        foreach (var e in more)
        {
            var copy = Wire.RoundTrip(e, "The event");
            var position = new Position(Topics.Events, Murmur2.Partition(about.Key(), Partitions), recorded.Count);
            var time = SpecStamp.Default.Time.AddSeconds(recorded.Count);
            recorded.Add(new(copy, about, recorded.LongCount(other => other.Subject == about) + 1, time, position, null));
        }

        return new(recorded);
    }

    /// <summary>There is this document.</summary>
    /// <exception cref="ExpectationException">There is another or none with its id, or a check failed.</exception>
    public ViewHistory<TView, TEvent> Then(TView view)
    {
        Wire.Same(view, documents.Value.GetValueOrDefault(IdOf(view)), $"The document '{IdOf(view)}'");
        return this;
    }

    /// <summary>There is no document with this id; without one, none at all.</summary>
    /// <exception cref="ExpectationException">There is one, or a check failed.</exception>
    public ViewHistory<TView, TEvent> ThenNone(string? id = null)
    {
        if (documents.Value.FirstOrDefault(document => id is null || document.Key == id).Value is { } found)
        {
            throw new ExpectationException($"There should be no document{(id is null ? "" : $" '{id}'")}.{Wire.Lines("Found", Wire.Show(found))}");
        }

        return this;
    }

    private static string IdOf(TView view) => typeof(TView).GetProperty("Id")?.GetValue(view) as string
        ?? throw new ExpectationException($"{typeof(TView).Name} has no member 'string Id'; a view's key is its id.");

    private static SortedDictionary<string, TView> Fold(IEnumerable<Recorded<TEvent>> order)
    {
        var folded = new SortedDictionary<string, TView>(StringComparer.Ordinal);
        foreach (var e in order)
        {
            if (TView.Key(e) is not { } key) continue;
            var before = folded.GetValueOrDefault(key);
            var copy = before is null ? null : Wire.RoundTrip(before, "The document");
            var after = TView.Evolve(before, e);
            Wire.Same(after, TView.Evolve(copy, e), $"The document '{key}' after {Wire.Show(e.Event)}, evolved twice");
            folded.Remove(key);
            if (after is null) continue;
            Expect.Equal(key, IdOf(after), $"The id of the document after {Wire.Show(e.Event)}, whose key is '{key}'");
            folded.Add(key, Wire.RoundTrip(after, "The document"));
        }

        return folded;
    }

    private SortedDictionary<string, TView> CheckedInEveryOrder()
    {
        var inOrder = Fold(events);
        var subjects = events.GroupBy(e => e.Subject).Select(subject => subject.ToList()).ToList();
        if (subjects.Count < 2) return inOrder;
        // Seeded, so that a failure comes again.
        var random = new Random(subjects.Count);
        for (var n = 0; n < Shuffles; n++)
        {
            var order = Interleave(subjects, random);
            var shuffled = Fold(order);
            foreach (var key in inOrder.Keys.Union(shuffled.Keys))
            {
                var (one, other) = (inOrder.GetValueOrDefault(key), shuffled.GetValueOrDefault(key));
                if (Structure.Difference(one, other) is not null) throw Depends(key, one, other, order);
            }
        }

        return inOrder;
    }

    private static List<Recorded<TEvent>> Interleave(List<List<Recorded<TEvent>>> subjects, Random random)
    {
        var turns = subjects.SelectMany((subject, n) => Enumerable.Repeat(n, subject.Count)).ToArray();
        random.Shuffle(turns);
        var next = new int[subjects.Count];
        return [.. turns.Select(n => subjects[n][next[n]++])];
    }

    private static ExpectationException Depends(string key, TView? inOrder, TView? shuffled, IEnumerable<Recorded<TEvent>> order) => new(
        $"The document '{key}' depends on how subjects interleave, which no log promises.{Wire.Lines("In the order given", Wire.Show(inOrder))}"
        + $"{Wire.Lines("In the order below", Wire.Show(shuffled))}{Wire.Lines("Order", string.Join('\n', order.Select(e => $"{e.Subject}: {Wire.Show(e.Event)}")))}");
}
