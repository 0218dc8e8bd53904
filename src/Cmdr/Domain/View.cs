namespace Cmdr;

/// <summary>A view of any type arguments: what a module registers by naming only the view.</summary>
public interface IView
{
    /// <summary>Hands the view's type arguments to <paramref name="visitor"/>.</summary>
    static abstract void Accept(IViewVisitor visitor);
}

/// <summary>A read model: a document that events evolve. It has a member <c>string Id</c>, which is its key.</summary>
/// <typeparam name="TView">The document: an immutable record.</typeparam>
/// <typeparam name="TEvent">What feeds it: every declared event type that is a <typeparamref name="TEvent"/>.</typeparam>
public interface IView<TView, TEvent> : IView
    where TView : class, IView<TView, TEvent>
    where TEvent : class
{
    /// <summary>The id of the document that <paramref name="e"/> changes; null when it changes none. The subject's id unless overridden.</summary>
    static virtual string? Key(Recorded<TEvent> e) => e.Subject.Id;

    /// <summary>The document after <paramref name="e"/>; null deletes it. <paramref name="view"/> is null while there is none. Pure.</summary>
    static abstract TView? Evolve(TView? view, Recorded<TEvent> e);

    static void IView.Accept(IViewVisitor visitor) => visitor.Visit<TView, TEvent>();
}

/// <summary>Receives the type arguments of a view, so that generic code can be built for it without reflection.</summary>
public interface IViewVisitor
{
    /// <summary>Called once with the view's type arguments.</summary>
    void Visit<TView, TEvent>()
        where TView : class, IView<TView, TEvent>
        where TEvent : class;
}

/// <summary>An event with what the log knows of it.</summary>
/// <typeparam name="TEvent">The family of events, or one of its members.</typeparam>
/// <param name="Event">The event.</param>
/// <param name="Subject">What it happened to.</param>
/// <param name="Sequence">The subject's version after the event, from 1 without gaps; null for events of foreign processes.</param>
/// <param name="Time">When, UTC.</param>
/// <param name="Position">Where on the log.</param>
/// <param name="Actor">Who caused it, as authenticated; null when anonymous.</param>
public sealed record Recorded<TEvent>(TEvent Event, Subject Subject, long? Sequence, DateTimeOffset Time, Position Position, string? Actor)
    where TEvent : class;
