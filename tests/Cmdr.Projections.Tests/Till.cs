namespace Cmdr.Projections.Tests;

public abstract record TillCommand(string Till);
public sealed record Ring(string Till, long Amount, string Kind) : TillCommand(Till);

public abstract record TillEvent;
public sealed record Rang(long Amount, string Kind) : TillEvent;
public sealed record Emptied : TillEvent;
public sealed record Jammed(string Why) : TillEvent;

public sealed record Till(long Amount) : IDecider<Till, TillCommand, TillEvent>
{
    public static Till Initial => new(0);
    public static string Id(TillCommand command) => command.Till;
    public static Decision<TillEvent> Decide(Till state, TillCommand command, Stamp stamp) => new Rang(((Ring)command).Amount, ((Ring)command).Kind);
    public static Till Evolve(Till state, TillEvent e) => e is Rang x ? new(state.Amount + x.Amount) : new(0);
}

/// <summary>Keyed by its subject; deleted when the till is emptied.</summary>
public sealed record TillAmount(string Id, long Amount, string? LastKind) : IView<TillAmount, TillEvent>
{
    public static TillAmount? Evolve(TillAmount? view, Recorded<TillEvent> e) => e.Event switch
    {
        Rang x => new(e.Subject.Id, (view?.Amount ?? 0) + x.Amount, x.Kind),
        Emptied => null,
        _ => view,
    };
}

/// <summary>Gathers tills by kind.</summary>
public sealed record KindTotal(string Id, long Amount, long Count) : IView<KindTotal, TillEvent>
{
    public static string? Key(Recorded<TillEvent> e) => (e.Event as Rang)?.Kind;
    public static KindTotal? Evolve(KindTotal? view, Recorded<TillEvent> e) =>
        e.Event is Rang x ? new(x.Kind, (view?.Amount ?? 0) + x.Amount, (view?.Count ?? 0) + 1) : view;
}

/// <summary>Throws where a till jams.</summary>
public sealed record TillHealth(string Id, int Events) : IView<TillHealth, TillEvent>
{
    public static TillHealth? Evolve(TillHealth? view, Recorded<TillEvent> e) =>
        e.Event is Jammed x ? throw new InvalidOperationException(x.Why) : new(e.Subject.Id, (view?.Events ?? 0) + 1);
}

public sealed class TillModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Till>().View<TillAmount>().View<KindTotal>().View<TillHealth>();
}

/// <summary>The same without one view: what a deployment before it declared.</summary>
public sealed class EarlierTillModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Till>().View<TillAmount>().View<TillHealth>();
}
