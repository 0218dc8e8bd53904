namespace Cmdr.Testing;

/// <summary>
/// Specifies a decider in sentences: <c>Given(events).When(command).Then(events)</c>. Beside what a sentence says, each checks that commands, events and states
/// survive their JSON, and that deciding and evolving are pure: twice the same, and nothing given is changed.
/// </summary>
/// <typeparam name="TState">The decider's state.</typeparam>
/// <typeparam name="TCommand">Its commands.</typeparam>
/// <typeparam name="TEvent">Its events.</typeparam>
public abstract class DeciderSpec<TState, TCommand, TEvent>
    where TState : class, IDecider<TState, TCommand, TEvent>
    where TCommand : class
    where TEvent : class
{
    /// <summary>What happened to the subject before; nothing for one that is new.</summary>
    protected static DeciderHistory<TState, TCommand, TEvent> Given(params TEvent[] events) => new(events);
}

/// <summary>What happened before: the beginning of a decider's specification.</summary>
public sealed class DeciderHistory<TState, TCommand, TEvent>
    where TState : class, IDecider<TState, TCommand, TEvent>
    where TCommand : class
    where TEvent : class
{
    private readonly TState state;

    internal DeciderHistory(IReadOnlyList<TEvent> events) => state = Evolved(TState.Initial, events);

    /// <summary>Decides a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="stamp">Its stamp; null for one of 1 January 2025, anonymous.</param>
    public DeciderDecision<TState, TCommand, TEvent> When(TCommand command, Stamp? stamp = null)
    {
        var with = stamp ?? SpecStamp.Default;
        var copy = Wire.RoundTrip(command, "The command");
        if (Subject.FaultOf(TState.Id(command)) is { } fault) throw new ExpectationException($"The subject's id '{TState.Id(command)}' of {Wire.Show(command)} {fault}.");
        Expect.Equal(TState.Id(command), TState.Id(copy), $"The subject's id of {Wire.Show(command)}, read back from its JSON");

        var before = Codec.Encode(state);
        var decision = TState.Decide(state, command, with);
        var again = TState.Decide(Wire.RoundTrip(state, "The state"), copy, with);
        if (!before.AsSpan().SequenceEqual(Codec.Encode(state))) throw new ExpectationException($"Deciding {Wire.Show(command)} changed the state that it was given.");
        if (Show(decision) is var first && Show(again) is var second && first != second)
        {
            throw new ExpectationException($"Deciding {Wire.Show(command)} twice gave two decisions.{Wire.Lines("First", first)}{Wire.Lines("Second", second)}");
        }

        Evolved(state, decision.Events);
        return new(command, decision);
    }

    internal static string Show(Decision<TEvent> decision) => decision switch
    {
        { Refusal: { } refusal } => refusal.Message is null ? $"refused: {refusal.Code}" : $"refused: {refusal.Code} ({refusal.Message})",
        { Events.Count: 0 } => "nothing",
        _ => string.Join('\n', decision.Events.Select(Wire.Show)),
    };

    private static TState Evolved(TState state, IReadOnlyList<TEvent> events)
    {
        Wire.RoundTrip(state, "The state");
        foreach (var e in events)
        {
            var copy = Wire.RoundTrip(e, "The event");
            var before = Codec.Encode(state);
            var next = TState.Evolve(state, e);
            if (!before.AsSpan().SequenceEqual(Codec.Encode(state))) throw new ExpectationException($"Evolving by {Wire.Show(e)} changed the state that it was given.");
            Wire.Same(next, TState.Evolve(Wire.RoundTrip(state, "The state"), copy), $"The state after {Wire.Show(e)}, evolved twice");
            state = Wire.RoundTrip(next, "The state");
        }

        return state;
    }
}

/// <summary>What was decided: the end of a decider's specification.</summary>
public sealed class DeciderDecision<TState, TCommand, TEvent>
    where TState : class, IDecider<TState, TCommand, TEvent>
    where TCommand : class
    where TEvent : class
{
    private readonly TCommand command;
    private readonly Decision<TEvent> decision;

    internal DeciderDecision(TCommand command, Decision<TEvent> decision) => (this.command, this.decision) = (command, decision);

    /// <summary>These events follow, in this order.</summary>
    /// <exception cref="ExpectationException">Something else follows.</exception>
    public void Then(params TEvent[] events) => Check(DeciderHistory<TState, TCommand, TEvent>.Show(Decision.Of<TEvent>(events)));

    /// <summary>Nothing follows, and the command is accepted.</summary>
    /// <exception cref="ExpectationException">Something follows, or the command is refused.</exception>
    public void ThenNothing() => Then();

    /// <summary>The command is refused with this code.</summary>
    /// <exception cref="ExpectationException">It is accepted, or refused with another code.</exception>
    public void ThenRefused(string code)
    {
        if (decision.Refusal?.Code != code) throw Differs($"refused: {code}");
    }

    private void Check(string expected)
    {
        if (DeciderHistory<TState, TCommand, TEvent>.Show(decision) != expected) throw Differs(expected);
    }

    private ExpectationException Differs(string expected) => new(
        $"{Wire.Show(command)} was decided otherwise.{Wire.Lines("Expected", expected)}{Wire.Lines("Found", DeciderHistory<TState, TCommand, TEvent>.Show(decision))}");
}
