using System.Collections.Concurrent;

namespace Cmdr.Graph.Tests;

/// <summary>Decides one command on states in memory.</summary>
internal sealed class Decided(ConcurrentDictionary<Subject, object> states, Subject subject, object command, Stamp stamp) : IDeciderVisitor
{
    private IReadOnlyList<object> events = [];
    private Refusal? refusal;

    internal static (IReadOnlyList<object> Events, Refusal? Refusal) By(CommandType type, ConcurrentDictionary<Subject, object> states, Subject subject, object command, Stamp stamp)
    {
        var decided = new Decided(states, subject, command, stamp);
        type.Decider.Accept(decided);
        return (decided.events, decided.refusal);
    }

    public void Visit<TState, TCommand, TEvent>()
        where TState : class, IDecider<TState, TCommand, TEvent>
        where TCommand : class
        where TEvent : class
    {
        var state = (TState)states.GetOrAdd(subject, TState.Initial);
        var decision = TState.Decide(state, (TCommand)command, stamp);
        (events, refusal) = (decision.Events, decision.Refusal);
        states[subject] = decision.Events.Aggregate(state, TState.Evolve);
    }
}

/// <summary>Evolves one document of a view in memory.</summary>
internal sealed class Evolved(SortedDictionary<string, object> documents, object e, Subject subject, HistoryRecord record) : IViewVisitor
{
    internal static void In(SortedDictionary<string, object> documents, ViewType view, object e, Subject subject, HistoryRecord record) =>
        view.Accept(new Evolved(documents, e, subject, record));

    public void Visit<TView, TEvent>()
        where TView : class, IView<TView, TEvent>
        where TEvent : class
    {
        var recorded = new Recorded<TEvent>((TEvent)e, subject, record.Envelope.Sequence, record.Envelope.Time, record.Position, record.Envelope.Actor);
        if (TView.Key(recorded) is not { } key) return;
        if (TView.Evolve((TView?)documents.GetValueOrDefault(key), recorded) is { } view) documents[key] = view;
        else documents.Remove(key);
    }
}
