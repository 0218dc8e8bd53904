namespace Cmdr.Tests.Catalog;

// Small families: each decider has one of its own, so that a test can combine them as it likes.
public abstract record LampCommand(string Lamp);

public sealed record Switch(string Lamp) : LampCommand(Lamp);

public abstract record LampEvent;

public sealed record Switched : LampEvent;

public sealed record Lamp : IDecider<Lamp, LampCommand, LampEvent>
{
    public static Lamp Initial { get; } = new();

    public static string Id(LampCommand command) => command.Lamp;

    public static Decision<LampEvent> Decide(Lamp state, LampCommand command, Stamp stamp) => new Switched();

    public static Lamp Evolve(Lamp state, LampEvent e) => state;
}

/// <summary>A second decider of one family.</summary>
public sealed record Bulb : IDecider<Bulb, LampCommand, LampEvent>
{
    public static Bulb Initial { get; } = new();

    public static string Id(LampCommand command) => command.Lamp;

    public static Decision<LampEvent> Decide(Bulb state, LampCommand command, Stamp stamp) => [];

    public static Bulb Evolve(Bulb state, LampEvent e) => state;
}

public abstract record DeskCommand;

[Name("buy")]
public sealed record BuyDesk : DeskCommand;

public abstract record DeskEvent;

[Name("bought")]
public sealed record DeskBought : DeskEvent;

/// <summary>Of the category of <see cref="Lamp"/>.</summary>
[Name("lamp")]
public sealed record Desk : IDecider<Desk, DeskCommand, DeskEvent>
{
    public static Desk Initial { get; } = new();

    public static string Id(DeskCommand command) => "1";

    public static Decision<DeskEvent> Decide(Desk state, DeskCommand command, Stamp stamp) => [];

    public static Desk Evolve(Desk state, DeskEvent e) => state;
}

public abstract record ChairCommand;

[Name("buy")]
public sealed record BuyChair : ChairCommand;

public abstract record ChairEvent;

[Name("bought")]
public sealed record ChairBought : ChairEvent;

/// <summary>With the command and event names of <see cref="Desk"/>.</summary>
public sealed record Chair : IDecider<Chair, ChairCommand, ChairEvent>
{
    public static Chair Initial { get; } = new();

    public static string Id(ChairCommand command) => "1";

    public static Decision<ChairEvent> Decide(Chair state, ChairCommand command, Stamp stamp) => [];

    public static Chair Evolve(Chair state, ChairEvent e) => state;
}

public abstract record SofaCommand;

public sealed record BuySofa : SofaCommand;

/// <summary>With the event names of <see cref="Desk"/> and commands of its own.</summary>
public sealed record Sofa : IDecider<Sofa, SofaCommand, SofaEvent>
{
    public static Sofa Initial { get; } = new();

    public static string Id(SofaCommand command) => "1";

    public static Decision<SofaEvent> Decide(Sofa state, SofaCommand command, Stamp stamp) => [];

    public static Sofa Evolve(Sofa state, SofaEvent e) => state;
}

public abstract record SofaEvent;

[Name("bought")]
public sealed record SofaBought : SofaEvent;

public abstract record IdleCommand;

/// <summary>Without commands.</summary>
public sealed record Idle : IDecider<Idle, IdleCommand, LampEvent>
{
    public static Idle Initial { get; } = new();

    public static string Id(IdleCommand command) => "1";

    public static Decision<LampEvent> Decide(Idle state, IdleCommand command, Stamp stamp) => [];

    public static Idle Evolve(Idle state, LampEvent e) => state;
}

public abstract record SlashCommand;

public sealed record DoSlash : SlashCommand;

public abstract record SlashEvent;

[Name("a/b")]
public sealed record Slash : IDecider<Slash, SlashCommand, SlashEvent>
{
    public static Slash Initial { get; } = new();

    public static string Id(SlashCommand command) => "1";

    public static Decision<SlashEvent> Decide(Slash state, SlashCommand command, Stamp stamp) => [];

    public static Slash Evolve(Slash state, SlashEvent e) => state;
}

public sealed record LampView(string Id, int Count) : IView<LampView, LampEvent>
{
    public static LampView? Evolve(LampView? view, Recorded<LampEvent> e) => view;
}

public static class Other
{
    /// <summary>A second view of one name.</summary>
    public sealed record LampView(string Id) : IView<LampView, LampEvent>
    {
        public static LampView? Evolve(LampView? view, Recorded<LampEvent> e) => view;
    }
}

/// <summary>Whose name is the plural of <see cref="LampView"/>.</summary>
public sealed record LampViews(string Id) : IView<LampViews, LampEvent>
{
    public static string? Key(Recorded<LampEvent> e) => null;

    public static LampViews? Evolve(LampViews? view, Recorded<LampEvent> e) => view;
}

public sealed record Nameless(int Id) : IView<Nameless, LampEvent>
{
    public static Nameless? Evolve(Nameless? view, Recorded<LampEvent> e) => view;
}

[Name(Plural = "series")]
public sealed record Series(string Id) : IView<Series, LampEvent>
{
    public static Series? Evolve(Series? view, Recorded<LampEvent> e) => view;
}

/// <summary>What the view's module knows of another module's event.</summary>
[Name("deposited")]
public sealed record DepositedElsewhere(decimal Amount);

public sealed record Reader(string Id, decimal Sum) : IView<Reader, DepositedElsewhere>
{
    public static Reader? Evolve(Reader? view, Recorded<DepositedElsewhere> e) => view;
}

public interface INothing;

public sealed record Unfed(string Id) : IView<Unfed, INothing>
{
    public static Unfed? Evolve(Unfed? view, Recorded<INothing> e) => view;
}

public sealed class LampModule : IModule
{
    public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Lamp>().View<LampView>();
}
