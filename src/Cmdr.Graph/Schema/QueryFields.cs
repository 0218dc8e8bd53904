using GraphQL;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>The queries: views by id and as lists, commands and events by id and as history.</summary>
internal sealed class QueryFields(Catalog catalog, IViews views, IHistory history, ILog log)
{
    private static readonly TimeSpan ReachLimit = TimeSpan.FromSeconds(10);

    private static readonly Func<QueryArgument> NotBefore = () =>
        Field.Argument("notBefore", Scalars.Position, "Waits until views and history reflect this position, such as that of a receipt.");

    internal ObjectGraphType Type(TypeNames names, ShapeTypes shapes, RecordTypes records, Connections connections)
    {
        var type = new ObjectGraphType { Name = "Query" };
        AddHistory(type, records, connections.Of(records.Event, names, "Event"), connections.Of(records.Command, names, "Command"));
        foreach (var view in catalog.Views)
        {
            var owner = $"{view.ClrType.FullName} ({view.Module})";
            names.Claim($"Query.{view.Name}", owner, "rename the view");
            names.Claim($"Query.{view.Plural}", owner, "set [Name(Plural = ...)]");
            Add(type, view, shapes.Object(view.Shape), names, owner, connections);
        }

        return type;
    }

    private void Add(ObjectGraphType query, ViewType view, ObjectGraphType type, TypeNames names, string owner, Connections connections)
    {
        query.AddField(Field.Of(view.Name, type, view.Shape.Description, [Field.Argument("id", Field.Required(Scalars.Id)), NotBefore()], async context =>
        {
            await Reach(context).ConfigureAwait(false);
            var id = context.Value<string>("id")!; // not null in the schema
            return await views.Find(view, id, context.CancellationToken).ConfigureAwait(false) is { } document ? Datum.Of(document, type) : null;
        }));
        query.AddField(Field.Of(view.Plural, Field.Required(connections.Of(type, names, owner)), $"All, in the order of their ids, {PageRequest.DefaultSize} a page unless said.",
            [.. Forward(), .. Backward(), NotBefore()], async context =>
        {
            await Reach(context).ConfigureAwait(false);
            var request = Connections.Page(context);
            var page = await Paged(request, () => views.List(view, request, context.CancellationToken)).ConfigureAwait(false);
            return new Connection([.. page.Items.Select(item => new PageItem<object>(Datum.Of(item.Value, type), item.Cursor))], page.HasNext, page.HasPrevious);
        }));
    }

    private void AddHistory(ObjectGraphType query, RecordTypes records, ObjectGraphType events, ObjectGraphType commands)
    {
        query.AddField(Field.Of("command", records.Command, "The command of an id; of several subjects' the first on the log.",
            [Field.Argument("id", Field.Required(Scalars.Uuid)), Field.Argument("subject", Scalars.String)], async context =>
                await history.FindCommand(context.Value<Guid>("id"), RecordFilter.Subject(context.Value<string>("subject"), "subject"), context.CancellationToken).ConfigureAwait(false) is { } found
                    ? new GraphRecord(found)
                    : null));
        query.AddField(Field.Of("event", records.Event, "The event of an id.", [Field.Argument("id", Field.Required(Scalars.Uuid))], async context =>
            await history.FindEvent(context.Value<Guid>("id"), context.CancellationToken).ConfigureAwait(false) is { } found ? new GraphRecord(found) : null));
        query.AddField(List(Topics.Events, "Events, oldest first.", events, "EventFilter"));
        query.AddField(List(Topics.Commands, "Commands, oldest first.", commands, "CommandFilter"));
    }

    private FieldType List(string topic, string description, ObjectGraphType type, string filter) => Field.Of(topic, Field.Required(type), description,
        [Field.Argument("filter", RecordFilter.Type(filter)), .. Forward()], async context =>
        {
            var request = Connections.Page(context);
            var wanted = RecordFilter.Read(context.Value<Dictionary<string, object?>>("filter"));
            var page = await Paged(request, () => history.List(topic, wanted, request, context.CancellationToken)).ConfigureAwait(false);
            return new Connection([.. page.Items.Select(item => new PageItem<object>(new GraphRecord(item.Value), item.Cursor))], page.HasNext, page.HasPrevious);
        });

    private async ValueTask Reach(IResolveFieldContext context)
    {
        if (context.Value<Position?>("notBefore") is not { } position) return;
        var partitions = (await log.Describe(context.CancellationToken).ConfigureAwait(false)).Partitions;
        if (position.Topic is not (Topics.Commands or Topics.Events) || position.Partition >= partitions)
        {
            throw new FaultError(FaultCode.OutOfRange, $"notBefore must be a position on {Topics.Commands} or {Topics.Events}, in a partition from 0 to {partitions - 1}.", "notBefore");
        }

        if (!await views.Reach(position, ReachLimit, context.CancellationToken).ConfigureAwait(false))
        {
            throw new FaultError(ErrorCode.NotReached, $"Views and history did not reach {position} within {ReachLimit.TotalSeconds} s, or before the host stopped.", "notBefore");
        }
    }

    internal static async Task<TPage> Paged<TPage>(PageRequest request, Func<Task<TPage>> list)
    {
        try
        {
            return await list().ConfigureAwait(false);
        }
        catch (CursorException e)
        {
            throw FaultError.Of(e, request.Before is null ? "after" : "before");
        }
    }

    internal static QueryArgument[] Forward() => [Field.Argument("first", Scalars.Int), Field.Argument("after", Scalars.String)];

    private static QueryArgument[] Backward() => [Field.Argument("last", Scalars.Int), Field.Argument("before", Scalars.String)];
}
