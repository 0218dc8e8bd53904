using GraphQL.Execution;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>How much a query asks for once its page sizes are known: the fields under each list, times the size of its page.</summary>
internal static class QueryCost
{
    internal const int Max = 100_000;

    /// <summary>The error of a query that costs more than <see cref="Max"/>; null when it may run.</summary>
    internal static FaultError? Fault(GraphQLDocument document, GraphQLOperationDefinition operation, IReadOnlyDictionary<GraphQLField, IDictionary<string, ArgumentValue>>? arguments)
    {
        if (operation.Operation != OperationType.Query || arguments is null) return null;
        // Lists stand only at the root; the limits of the document bound the fields under each.
        var cost = arguments.Sum(field => (long)PageSize(field.Value) * Fields(document, field.Key.SelectionSet));
        return cost <= Max ? null : new(ErrorCode.TooComplex, $"The query asks for {cost} values, and may for {Max}: ask for smaller pages or fewer fields.", "first");
    }

    private static int PageSize(IDictionary<string, ArgumentValue> arguments) => arguments.TryGetValue("first", out var first)
        ? first.Value as int? ?? (arguments.TryGetValue("last", out var last) ? last.Value as int? : null) ?? PageRequest.DefaultSize
        : 1;

    private static int Fields(GraphQLDocument document, GraphQLSelectionSet? selections) => selections?.Selections.Sum(selection => selection switch
    {
        GraphQLField field => 1 + Fields(document, field.SelectionSet),
        GraphQLInlineFragment inline => Fields(document, inline.SelectionSet),
        GraphQLFragmentSpread spread => Fields(document, document.Definitions.OfType<GraphQLFragmentDefinition>().First(fragment => fragment.FragmentName.Name == spread.FragmentName.Name).SelectionSet),
        _ => 0,
    }) ?? 0;
}
