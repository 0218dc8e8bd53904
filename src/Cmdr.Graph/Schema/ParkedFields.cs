using GraphQL;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>What is parked, and the mutations by which operators have parked events retried or dropped.</summary>
/// <remarks>Parked commands, which are the handling's and not a processor's, have mutations of their own that give receipts.</remarks>
internal sealed class ParkedFields(IParked parked)
{
    internal void AddTo(IObjectGraphType query, IObjectGraphType mutation, Connections connections, TypeNames names)
    {
        var filter = new[] { Field.Argument("group", Scalars.String, "Of this group: a processor's."), Field.Argument("subject", Scalars.String, "Such as account/a1.") };
        query.AddField(Field.Of("parked", Field.Required(connections.Of(Type(), names, "Cmdr")), "What is set aside after failures, by group, subject and position.",
            [.. filter, .. QueryFields.Forward()], async context =>
            {
                var request = Connections.Page(context);
                var wanted = new ParkedFilter(context.Value<string>("group"), RecordFilter.Subject(context.Value<string>("subject"), "subject"));
                var page = await QueryFields.Paged(request, () => parked.List(wanted, request, context.CancellationToken)).ConfigureAwait(false);
                return new Connection([.. page.Items.Select(item => new PageItem<object>(item.Value, item.Cursor))], page.HasNext, page.HasPrevious);
            }));
        var requested = Requested();
        mutation.AddField(Field.Of("retryParkedEvents", Field.Required(requested), "Has a processor handle what it parked of a subject, in order; a failure parks again.",
            [.. Whose()], context => Request(context, "subject", (group, subject, actor) => parked.Retry(group, subject, actor, context.CancellationToken))));
        mutation.AddField(Field.Of("dropParkedEvents", Field.Required(requested), "Gives up what a processor parked of a subject: it is never handled. What is parked behind it is handled next.",
            [.. Whose(), Field.Argument("position", Scalars.Position, "One event; without it all that the subject has parked.")],
            context => Request(context, context.Value<Position?>("position") is null ? "subject" : "position",
                (group, subject, actor) => parked.Drop(group, subject, context.Value<Position?>("position"), actor, context.CancellationToken))));
    }

    private static ObjectGraphType Type()
    {
        var type = new ObjectGraphType { Name = "Parked", Description = "Something that is set aside after a failure, or waits behind what is." };
        type.AddField(Field.Of<ParkedEvent>("group", Field.Required(Scalars.String), p => p.Group, "Who set it aside: a processor's group."));
        type.AddField(Field.Of<ParkedEvent>("subject", Field.Required(Scalars.String), p => p.Subject.ToString(), "Whatever else comes for it waits behind."));
        type.AddField(Field.Of<ParkedEvent>("position", Field.Required(Scalars.Position), p => p.Position.ToString(), "Where it is on the log."));
        type.AddField(Field.Of<ParkedEvent>("type", Scalars.String, p => p.Type, "Its name on the log; null when its record says none."));
        type.AddField(Field.Of<ParkedEvent>("id", Scalars.Uuid, p => p.Id, "Null when its record says none."));
        type.AddField(Field.Of<ParkedEvent>("error", Scalars.String, p => p.Error, "Why it failed when it was last tried; null while it waits."));
        type.AddField(Field.Of<ParkedEvent>("since", Field.Required(Scalars.DateTime), p => p.Since, "When it was set aside first."));
        type.AddField(Field.Of<ParkedEvent>("failures", Field.Required(Scalars.Int), p => p.Failures, "How often it was tried in vain."));
        return type;
    }

    private static ObjectGraphType Requested()
    {
        var type = new ObjectGraphType { Name = "ParkedRequest", Description = "What was asked of a processor; it does so as soon as it can." };
        type.AddField(Field.Of<Position>("position", Field.Required(Scalars.Position), position => position.ToString(), "Where the request is on the log."));
        return type;
    }

    private static QueryArgument[] Whose() =>
        [Field.Argument("group", Field.Required(Scalars.String), "The processor's."), Field.Argument("subject", Field.Required(Scalars.String), "Such as account/a1.")];

    private static async ValueTask<object?> Request(IResolveFieldContext context, string field, Func<string, Subject, string?, Task<Position?>> request)
    {
        var group = context.Value<string>("group")!; // not null in the schema
        var subject = RecordFilter.Subject(context.Value<string>("subject"), "subject") ?? default; // nor is the subject
        return await request(group, subject, ((GraphCall)context.UserContext).Actor).ConfigureAwait(false) is { } position
            ? position
            : throw new FaultError(ErrorCode.NotParked, $"The group '{group}' has {(field == "position" ? "no such event" : "nothing")} of '{subject}' parked.", field);
    }
}
