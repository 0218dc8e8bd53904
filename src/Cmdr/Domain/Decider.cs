namespace Cmdr;

/// <summary>A decider of any type arguments: what a module registers by naming only the aggregate.</summary>
public interface IDecider
{
    /// <summary>Hands the decider's type arguments to <paramref name="visitor"/>.</summary>
    static abstract void Accept(IDeciderVisitor visitor);
}

/// <summary>
/// The pure core of one aggregate: what it starts as, whom a command is for, what follows from a command, and how an event changes it.
/// After J. Chassaing, "Functional Event Sourcing Decider" (2021).
/// </summary>
/// <typeparam name="TState">The state: an immutable record that serialises.</typeparam>
/// <typeparam name="TCommand">The family of commands, an abstract record whose sealed members are found in its assembly.</typeparam>
/// <typeparam name="TEvent">The family of events, an abstract record likewise.</typeparam>
public interface IDecider<TState, TCommand, TEvent> : IDecider
    where TState : class, IDecider<TState, TCommand, TEvent>
    where TCommand : class
    where TEvent : class
{
    /// <summary>The state of a subject of which nothing is recorded.</summary>
    static abstract TState Initial { get; }

    /// <summary>The id, within the decider's category, of the subject that <paramref name="command"/> is for.</summary>
    static abstract string Id(TCommand command);

    /// <summary>Decides a command: events, none, or a <see cref="Refusal"/>. Pure: the same arguments always give the same decision.</summary>
    static abstract Decision<TEvent> Decide(TState state, TCommand command, Stamp stamp);

    /// <summary>The state after <paramref name="e"/>. Pure.</summary>
    static abstract TState Evolve(TState state, TEvent e);

    static void IDecider.Accept(IDeciderVisitor visitor) => visitor.Visit<TState, TCommand, TEvent>();
}

/// <summary>Receives the type arguments of a decider, so that generic code can be built for it without reflection.</summary>
public interface IDeciderVisitor
{
    /// <summary>Called once with the decider's type arguments.</summary>
    void Visit<TState, TCommand, TEvent>()
        where TState : class, IDecider<TState, TCommand, TEvent>
        where TCommand : class
        where TEvent : class;
}

/// <summary>What a decision may know of the world besides its state and its command.</summary>
/// <param name="CommandId">The command's id: the client's own, or the version 7 UUID that Intake gave it.</param>
/// <param name="Time">The trusted time of the decision, UTC: that of Intake's stamp.</param>
/// <param name="Actor">Who sent the command, as authenticated; null when anonymous.</param>
public readonly record struct Stamp(Guid CommandId, DateTimeOffset Time, string? Actor);
