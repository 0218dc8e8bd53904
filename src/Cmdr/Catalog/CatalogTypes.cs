namespace Cmdr;

/// <summary>A decider that a module declares.</summary>
public sealed class DeciderType
{
    private readonly Action<IDeciderVisitor> accept;

    internal DeciderType(Type state, string module, IReadOnlyList<CommandType> commands, IReadOnlyList<EventType> events, Action<IDeciderVisitor> accept)
    {
        (State, Category, Module, Commands, Events, this.accept) = (state, Naming.Of(state), module, commands, events, accept);
        foreach (var command in commands) command.Decider = this;
    }

    /// <summary>The state's CLR type.</summary>
    public Type State { get; }

    /// <summary>The category of its subjects.</summary>
    public string Category { get; }

    /// <summary>The module that declares it, for messages.</summary>
    public string Module { get; }

    /// <summary>What it decides.</summary>
    public IReadOnlyList<CommandType> Commands { get; }

    /// <summary>What follows.</summary>
    public IReadOnlyList<EventType> Events { get; }

    /// <summary>Hands the type arguments to <paramref name="visitor"/>.</summary>
    public void Accept(IDeciderVisitor visitor) => accept(visitor);
}

/// <summary>A command that a module declares.</summary>
public sealed class CommandType
{
    private readonly Func<object, string> id;

    internal CommandType(Type clrType, Func<object, string> id) => (ClrType, Name, Shape, this.id) = (clrType, Naming.Of(clrType), Shape.Of(clrType), id);

    /// <summary>The record.</summary>
    public Type ClrType { get; }

    /// <summary>Its name on the log, kebab-case.</summary>
    public string Name { get; }

    /// <summary>Its members, and what they must be.</summary>
    public Shape Shape { get; }

    /// <summary>Who decides it.</summary>
    public DeciderType Decider { get; internal set; } = null!; // set by the decider's constructor, before the catalog is public

    /// <summary>The subject that <paramref name="command"/> is for.</summary>
    public Subject Subject(object command) => new(Decider.Category, id(command));
}

/// <summary>An event type that a module declares, or a bookkeeping record.</summary>
public sealed class EventType
{
    internal EventType(Type clrType, string module, bool isWriter) =>
        (ClrType, Name, Module, IsWriter, Shape) = (clrType, Naming.Of(clrType), module, isWriter, Shape.Of(clrType));

    /// <summary>The record.</summary>
    public Type ClrType { get; }

    /// <summary>Its name on the log, kebab-case.</summary>
    public string Name { get; }

    /// <summary>The module that declares it, for messages.</summary>
    public string Module { get; }

    /// <summary>True where a decider of the module emits it; false where the module only reads what another writes.</summary>
    public bool IsWriter { get; }

    /// <summary>True for what Handling writes about commands rather than about a domain.</summary>
    public bool IsBookkeeping => ClrType.IsSubclassOf(typeof(Bookkeeping));

    /// <summary>Its members.</summary>
    public Shape Shape { get; }
}

/// <summary>A view that a module declares.</summary>
public sealed class ViewType
{
    private readonly Action<IViewVisitor> accept;

    internal ViewType(Type clrType, string module, IReadOnlyList<EventType> feeds, bool keyedBySubject, Action<IViewVisitor> accept) =>
        (ClrType, Name, Plural, Module, Feeds, KeyedBySubject, Shape, this.accept) =
        (clrType, Naming.Camel(clrType.Name), Naming.PluralOf(clrType), module, feeds, keyedBySubject, Shape.Of(clrType), accept);

    /// <summary>The document's record.</summary>
    public Type ClrType { get; }

    /// <summary>Its name at the edges, camelCase.</summary>
    public string Name { get; }

    /// <summary>What a list of it is called at the edges, camelCase.</summary>
    public string Plural { get; }

    /// <summary>The module that declares it, for messages.</summary>
    public string Module { get; }

    /// <summary>Every declared event type that feeds it.</summary>
    public IReadOnlyList<EventType> Feeds { get; }

    /// <summary>True when its key is the subject's id, so that one partition feeds each document.</summary>
    public bool KeyedBySubject { get; }

    /// <summary>Its members.</summary>
    public Shape Shape { get; }

    /// <summary>Hands the type arguments to <paramref name="visitor"/>.</summary>
    public void Accept(IViewVisitor visitor) => accept(visitor);
}
