using GraphQL;
using GraphQL.Resolvers;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>The subscriptions: both topics, live or from any place in their history.</summary>
internal sealed class SubscriptionFields(ILog log, Func<string, LogTail> tails)
{
    internal const string After = "after";

    private const string Beginning = "beginning";
    private const string Now = "now";

    internal ObjectGraphType Type(RecordTypes records)
    {
        var type = new ObjectGraphType { Name = "Subscription" };
        type.AddField(Follow(Topics.Events, records.Event, "Events as they happen, in order per subject, without gap or duplicate."));
        type.AddField(Follow(Topics.Commands, records.Command, "Commands as they are asked for, in order per subject, without gap or duplicate."));
        return type;
    }

    private SubscriptionField Follow(string topic, ObjectGraphType type, string description) => new(context => Wanted(topic, context))
    {
        Name = topic,
        Description = description,
        ResolvedType = Field.Required(type),
        Arguments =
        [
            Field.Argument("types", new ListGraphType(Field.Required(Scalars.String)), "One of these."),
            Field.Argument("subject", Scalars.String, "Such as account/a1."),
            Field.Argument("correlationId", Scalars.Uuid),
            Field.Argument("causationId", Scalars.Uuid),
            Field.Argument(After, Field.Required(Scalars.Cursor), $"A cursor, \"{Beginning}\" or \"{Now}\".", Now),
        ],
    };

    private async ValueTask<WantedRecords> Wanted(string topic, IResolveFieldContext context)
    {
        var filter = new HistoryFilter
        {
            Types = RecordFilter.Types(context.Value<object>("types")),
            Subject = RecordFilter.Subject(context.Value<string>("subject"), "subject"),
            CorrelationId = context.Value<Guid?>("correlationId"),
            CausationId = context.Value<Guid?>("causationId"),
        };
        return new(topic, filter, await Place(topic, context.Value<string>(After)!, context.CancellationToken).ConfigureAwait(false)); // not null in the schema
    }

    private async ValueTask<Cursor> Place(string topic, string text, CancellationToken cancellationToken)
    {
        if (text == Now) return await tails(topic).Now(cancellationToken).ConfigureAwait(false);
        var described = await log.Describe(cancellationToken).ConfigureAwait(false);
        if (text == Beginning) return Cursor.Beginning(described, topic);
        if (!Cursor.TryParse(text, out var cursor) || cursor.Topic != topic)
        {
            throw new FaultError(CursorException.Malformed, $"after must be a cursor that this list of {topic} gave, \"{Beginning}\" or \"{Now}\".", After);
        }

        if (cursor.Log != described.Identity || cursor.Next.Length != described.Partitions)
        {
            throw new FaultError(CursorException.OtherLog, "after is a cursor of another log: this one was recreated, or this is another deployment. Begin again.", After);
        }

        return (await log.EndOf(topic, cancellationToken).ConfigureAwait(false)).Covers(cursor)
            ? cursor
            : throw new FaultError(CursorException.BeyondEnd, "after is past the end of the log, which lost its tail. Begin again.", After);
    }
}

/// <summary>A field of the type <c>Subscription</c>: says what it wants of the log.</summary>
internal sealed class SubscriptionField : FieldType
{
    internal SubscriptionField(Func<IResolveFieldContext, ValueTask<WantedRecords>> resolve)
    {
        Resolve = resolve;
        Resolver = new FuncFieldResolver<object?>(context => context.Source);
        StreamResolver = new SourceStreamResolver<object?>(IObservable<object?> (IResolveFieldContext _) => throw new NotSupportedException("Subscriptions are pulled."));
    }

    internal Func<IResolveFieldContext, ValueTask<WantedRecords>> Resolve { get; }
}
