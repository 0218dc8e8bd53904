using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cmdr.Handling;

/// <summary>Decides and folds the subjects of one category, whatever its types.</summary>
internal abstract class DeciderEngine
{
    /// <summary>The state of a subject of which nothing is recorded.</summary>
    public abstract object Initial { get; }

    /// <summary>Decides one command.</summary>
    /// <exception cref="UndecidableException">The type is unknown to this host, the body is not of it, or it is for another subject.</exception>
    public abstract Verdict Decide(object state, Envelope command);

    /// <summary>The state after an event as it is recorded.</summary>
    /// <exception cref="UndecidableException">The type is unknown to this host, or the body is not of it.</exception>
    public abstract object Evolve(object state, string type, ReadOnlySpan<byte> data);

    /// <summary>An engine for each decider, by category.</summary>
    public static FrozenDictionary<string, DeciderEngine> Of(Catalog catalog) =>
        catalog.Deciders.ToFrozenDictionary(decider => decider.Category, decider => new Builder(decider).Build());

    private sealed class Builder(DeciderType decider) : IDeciderVisitor
    {
        private DeciderEngine? engine;

        public DeciderEngine Build()
        {
            decider.Accept(this);
            return engine!; // Visit was called
        }

        public void Visit<TState, TCommand, TEvent>()
            where TState : class, IDecider<TState, TCommand, TEvent>
            where TCommand : class
            where TEvent : class => engine = new DeciderEngine<TState, TCommand, TEvent>(decider);
    }
}

/// <summary>What follows from a command: the state after it, and its events as JSON; the same state and no events when refused.</summary>
internal readonly record struct Verdict(Refusal? Refusal, object State, EncodedEvent[] Events);

/// <summary>An event as it goes on the log.</summary>
internal readonly record struct EncodedEvent(string Type, byte[] Data);

/// <summary>The engine of one decider; every type's JSON contract is looked up once.</summary>
internal sealed class DeciderEngine<TState, TCommand, TEvent>(DeciderType decider) : DeciderEngine
    where TState : class, IDecider<TState, TCommand, TEvent>
    where TCommand : class
    where TEvent : class
{
    private readonly FrozenDictionary<string, JsonTypeInfo> commands = decider.Commands.ToFrozenDictionary(command => command.Name, command => Json(command.ClrType));
    private readonly FrozenDictionary<string, JsonTypeInfo> events = decider.Events.ToFrozenDictionary(e => e.Name, e => Json(e.ClrType));
    private readonly FrozenDictionary<Type, (string Name, JsonTypeInfo Json)> names = decider.Events.ToFrozenDictionary(e => e.ClrType, e => (e.Name, Json(e.ClrType)));

    public override object Initial => TState.Initial;

    public override Verdict Decide(object state, Envelope command)
    {
        if (!commands.TryGetValue(command.Type, out var json)) throw new UndecidableException($"no decider of '{decider.Category}' on this host knows its type");
        var body = (TCommand)Decode(command.Data.Span, json);
        var id = TState.Id(body);
        if (id != command.Subject.Id) throw new UndecidableException($"its body is for '{id}', its key for '{command.Subject.Id}'");

        var before = (TState)state;
        var decision = TState.Decide(before, body, new(command.Id, command.Time, command.Actor));
        return decision.Refusal is { } refusal ? new(refusal, before, []) : Accept(before, decision.Events);
    }

    public override object Evolve(object state, string type, ReadOnlySpan<byte> data) => events.TryGetValue(type, out var json)
        ? Evolve((TState)state, (TEvent)Decode(data, json))
        : throw new UndecidableException($"no decider of '{decider.Category}' on this host knows the type '{type}'");

    private Verdict Accept(TState state, IReadOnlyList<TEvent> decided)
    {
        var encoded = decided.Count == 0 ? [] : new EncodedEvent[decided.Count];
        for (var i = 0; i < encoded.Length; i++)
        {
            var e = decided[i] ?? throw new UndecidableException("its decision holds a null");
            if (!names.TryGetValue(e.GetType(), out var known)) throw new UndecidableException($"it is decided by {e.GetType()}, which is not of the family {typeof(TEvent)} in its assembly");
            encoded[i] = new(known.Name, JsonSerializer.SerializeToUtf8Bytes(e, known.Json));
            state = Evolve(state, e);
        }

        return new(null, state, encoded);
    }

    private static TState Evolve(TState state, TEvent e) => TState.Evolve(state, e) ?? throw new UndecidableException($"{typeof(TState)}.Evolve gave null for {e.GetType().Name}");

    private static object Decode(ReadOnlySpan<byte> data, JsonTypeInfo json)
    {
        try
        {
            return JsonSerializer.Deserialize(data, json) ?? throw new UndecidableException($"its body is null, not a {json.Type.Name}");
        }
        catch (JsonException fault)
        {
            throw new UndecidableException($"its body is not a {json.Type.Name}: {fault.Message}", fault);
        }
    }

    private static JsonTypeInfo Json(Type type) => Codec.Options.GetTypeInfo(type);
}
