using GraphQL.Conversion;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>The schema that follows from the catalog.</summary>
internal sealed class GraphSchema : Schema
{
    internal GraphSchema(Catalog catalog, IIntake intake, IViews views, IHistory history, IParked parked, ILog log, Func<string, LogTail> tails)
    {
        NameConverter = DefaultNameConverter.Instance; // names are as they are to be
        Features.DeprecationOfInputValues = true;
        Features.RepeatableDirectives = true;
        var names = new TypeNames();
        names.Reserve([
            .. Scalars.Names, "Query", "Mutation", "Subscription", "Event", "Command", "EventData", "CommandData", "Receipt", "Refusal", "PageInfo",
            "CommandInput", "EventFilter", "CommandFilter", "Mutation.submit", "Parked", "ParkedRequest",
            "Query.parked", "Mutation.retryParkedEvents", "Mutation.dropParkedEvents", "Query.command", "Query.event", "Query.commands", "Query.events",
        ]);
        var shapes = new ShapeTypes(names);
        var records = new RecordTypes(catalog, shapes, log);
        var connections = new Connections();
        Query = new QueryFields(catalog, views, history, log).Type(names, shapes, records, connections);
        Mutation = new MutationFields(catalog, intake).Type(names, shapes, ReceiptType.Of(records));
        new ParkedFields(parked).AddTo(Query, Mutation, connections, names);
        Subscription = new SubscriptionFields(log, tails).Type(records);
        Initialize();
    }
}
