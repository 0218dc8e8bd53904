using System.Collections.Concurrent;

namespace Cmdr.Handling.Tests;

public abstract record TallyCommand(string Tally);
public sealed record Add(string Tally, params IReadOnlyList<int> Amounts) : TallyCommand(Tally);
public sealed record Forbid(string Tally, string Code, string? Message = null) : TallyCommand(Tally);
public sealed record Trip(string Tally) : TallyCommand(Tally);
public sealed record Swell(string Tally, int Bytes) : TallyCommand(Tally);

public abstract record TallyEvent;
public sealed record Added(int Amount, DateTimeOffset At) : TallyEvent;
public sealed record Tripped : TallyEvent;
public sealed record Swollen(string Text) : TallyEvent;

/// <summary>A domain with every way in which a command may end: several events, none, a refusal, a throw, an answer that is too large.</summary>
public sealed record Tally(int Total) : IDecider<Tally, TallyCommand, TallyEvent>
{
    /// <summary>The tallies whose Decide and Evolve throw on a trip: a bug that a test may fix.</summary>
    public static ConcurrentDictionary<string, bool> Broken { get; } = new();

    public static Tally Initial => new(0);

    public static string Id(TallyCommand command) => command.Tally;

    public static Decision<TallyEvent> Decide(Tally state, TallyCommand command, Stamp stamp) => command switch
    {
        Add x => [.. x.Amounts.Select(amount => new Added(amount, stamp.Time))],
        Forbid x => new Refusal(x.Code, x.Message),
        Trip x when Broken.ContainsKey(x.Tally) => throw new InvalidOperationException("the wire is down"),
        Trip => new Tripped(),
        Swell x => new Swollen(new('x', x.Bytes)),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    public static Tally Evolve(Tally state, TallyEvent e) => e is Added x ? new(state.Total + x.Amount) : state;
}

public sealed class TallyModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Tally>();
}
