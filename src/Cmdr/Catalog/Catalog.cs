using System.Collections.Frozen;

namespace Cmdr;

/// <summary>Everything that the modules of a host declare, frozen when the host is built.</summary>
public sealed class Catalog
{
    private readonly FrozenDictionary<string, CommandType> commands;
    private readonly FrozenDictionary<string, EventType> events;
    private readonly FrozenDictionary<string, DeciderType> deciders;
    private readonly FrozenDictionary<Type, CommandType> commandsByClr;
    private readonly FrozenDictionary<Type, EventType> eventsByClr;

    internal Catalog(IReadOnlyList<DeciderType> deciders, IReadOnlyList<ViewType> views, IReadOnlyList<EventType> events)
    {
        Deciders = deciders;
        Views = views;
        Commands = [.. deciders.SelectMany(decider => decider.Commands)];
        Events = events;
        commands = Commands.ToFrozenDictionary(command => command.Name);
        commandsByClr = Commands.ToFrozenDictionary(command => command.ClrType);
        this.deciders = deciders.ToFrozenDictionary(decider => decider.Category);
        this.events = events.Where(e => e.IsWriter).ToFrozenDictionary(e => e.Name);
        eventsByClr = events.ToFrozenDictionary(e => e.ClrType);
    }

    /// <summary>The deciders, in the order in which modules declare them.</summary>
    public IReadOnlyList<DeciderType> Deciders { get; }

    /// <summary>The views, in the order in which modules declare them.</summary>
    public IReadOnlyList<ViewType> Views { get; }

    /// <summary>The commands of all deciders.</summary>
    public IReadOnlyList<CommandType> Commands { get; }

    /// <summary>Every event type that a module declares, as its writer or as a reader, and the bookkeeping records.</summary>
    public IReadOnlyList<EventType> Events { get; }

    /// <summary>The command of this name; null when no module declares it.</summary>
    public CommandType? Command(string name) => commands.GetValueOrDefault(name);

    /// <summary>The command of this CLR type; null when no module declares it.</summary>
    public CommandType? Command(Type type) => commandsByClr.GetValueOrDefault(type);

    /// <summary>The event of this name as its writer declares it; null when no module declares it as its writer.</summary>
    public EventType? Event(string name) => events.GetValueOrDefault(name);

    /// <summary>The event of this CLR type; null when no module declares it.</summary>
    public EventType? Event(Type type) => eventsByClr.GetValueOrDefault(type);

    /// <summary>The decider that owns a category; null when none does.</summary>
    public DeciderType? Decider(string category) => deciders.GetValueOrDefault(category);
}
