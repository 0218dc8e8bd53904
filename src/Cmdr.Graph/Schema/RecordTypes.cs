using GraphQL.Resolvers;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>The types <c>Event</c> and <c>Command</c>, and the unions of their data.</summary>
internal sealed class RecordTypes
{
    private const string CursorIs =
        "Where a subscription goes on after this record: exactly there if a subscription gave it, else exactly there for its subject and at the beginning for subjects of other partitions.";

    private readonly ILog log;
    private readonly Dictionary<string, ObjectGraphType> eventTypes = [];
    private readonly Dictionary<string, ObjectGraphType> commandTypes = [];

    internal RecordTypes(Catalog catalog, ShapeTypes shapes, ILog log)
    {
        this.log = log;
        // Of several readers of a foreign event the first gives the type; where there is a writer, the writer does.
        foreach (var e in catalog.Events.OrderByDescending(e => e.IsWriter))
        {
            if (!eventTypes.ContainsKey(e.Name)) eventTypes.Add(e.Name, shapes.Object(e.Shape, TypeNames.Pascal(e.Name)));
        }

        foreach (var command in catalog.Commands) commandTypes.Add(command.Name, shapes.Object(command.Shape, TypeNames.Pascal(command.Name)));
        Event = Type("Event", "What happened.", Union("EventData", eventTypes.Values), eventTypes);
        Event.AddField(Field.Of<GraphRecord>("sequence", Scalars.Long, e => e.Envelope.Sequence, "The subject's version after it; null for what does not change the subject."));
        Command = Type("Command", "What was asked for.", Union("CommandData", commandTypes.Values), commandTypes);
    }

    internal ObjectGraphType Event { get; }

    internal ObjectGraphType Command { get; }

    private static UnionGraphType? Union(string name, IEnumerable<ObjectGraphType> types)
    {
        var union = new UnionGraphType { Name = name, ResolveType = value => ((Datum)value).Type };
        foreach (var type in types) union.AddPossibleType(type);
        return union.PossibleTypes.Count == 0 ? null : union;
    }

    private ObjectGraphType Type(string name, string description, UnionGraphType? union, Dictionary<string, ObjectGraphType> types)
    {
        var type = new ObjectGraphType { Name = name, Description = description };
        type.AddField(Field.Of<GraphRecord>("id", Field.Required(Scalars.Uuid), e => e.Envelope.Id));
        type.AddField(Field.Of<GraphRecord>("type", Field.Required(Scalars.String), e => e.Envelope.Type, "Its name on the log, such as account-opened."));
        type.AddField(Field.Of<GraphRecord>("subject", Field.Required(Scalars.String), e => e.Envelope.Subject.ToString(), "What it is for or happened to, such as account/a1."));
        type.AddField(Field.Of<GraphRecord>("time", Field.Required(Scalars.DateTime), e => e.Envelope.Time));
        type.AddField(Field.Of<GraphRecord>("actor", Scalars.String, e => e.Envelope.Actor, "Who, as authenticated; null when anonymous."));
        type.AddField(Field.Of<GraphRecord>("correlationId", Scalars.Uuid, e => e.Envelope.CorrelationId, "The first command of the narrative."));
        type.AddField(Field.Of<GraphRecord>("causationId", Scalars.Uuid, e => e.Envelope.CausationId, "The direct parent."));
        type.AddField(Field.Of<GraphRecord>("position", Field.Required(Scalars.Position), e => e.Record.Position.ToString()));
        type.AddField(new FieldType { Name = "cursor", ResolvedType = Field.Required(Scalars.Cursor), Description = CursorIs, Resolver = new FuncFieldResolver<object?>(context => CursorOf((GraphRecord)context.Source!, context.CancellationToken)) }); // a field of a type has a source
        if (union is not null) type.AddField(Field.Of<GraphRecord>("data", union, e => types.TryGetValue(e.Envelope.Type, out var known) ? new Datum(e.Json, known) : null, "Null when no module declares the type."));
        type.AddField(Field.Of<GraphRecord>("json", Field.Required(Scalars.Json), e => e.Json, "The body as it is on the log."));
        return type;
    }

    private async ValueTask<object?> CursorOf(GraphRecord record, CancellationToken cancellationToken)
    {
        if (record.Cursor is { } cursor) return cursor.ToString();
        var position = record.Record.Position;
        return Cursor.Beginning(await log.Describe(cancellationToken).ConfigureAwait(false), position.Topic).Past(position).ToString();
    }
}
