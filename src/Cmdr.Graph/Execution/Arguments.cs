using GraphQL;
using GraphQL.Execution;
using GraphQL.Types;
using GraphQLParser;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>The values of all arguments and directives that an operation uses.</summary>
internal sealed class Arguments(ISchema schema, GraphQLDocument document, RequestVariables variables, List<ExecutionError> errors)
{
    private readonly HashSet<ROM> fragments = [];

    /// <summary>By field; null when no field has an argument.</summary>
    internal Dictionary<GraphQLField, IDictionary<string, ArgumentValue>>? Values { get; private set; }

    /// <summary>By the node that they stand at; null when there are none.</summary>
    internal Dictionary<ASTNode, IDictionary<string, DirectiveInfo>>? Directives { get; private set; }

    internal void Collect(GraphQLOperationDefinition operation) => Collect(operation.SelectionSet, operation.Operation switch
    {
        OperationType.Mutation => schema.Mutation,
        OperationType.Subscription => schema.Subscription,
        _ => schema.Query,
    });

    private void Collect(GraphQLSelectionSet? selections, IGraphType? type)
    {
        foreach (var selection in selections?.Selections ?? [])
        {
            Directive(selection);
            switch (selection)
            {
                case GraphQLField field:
                    Collect(field, type);
                    break;
                case GraphQLInlineFragment inline:
                    Collect(inline.SelectionSet, inline.TypeCondition is { } condition ? schema.AllTypes[condition.Type.Name.Value] : type);
                    break;
                case GraphQLFragmentSpread spread when fragments.Add(spread.FragmentName.Name.Value):
                    var definition = document.Definitions.OfType<GraphQLFragmentDefinition>().First(fragment => fragment.FragmentName.Name == spread.FragmentName.Name);
                    Collect(definition.SelectionSet, schema.AllTypes[definition.TypeCondition.Type.Name.Value]);
                    break;
            }
        }
    }

    private void Collect(GraphQLField field, IGraphType? type)
    {
        if (Definition(field, type) is not { } definition) return;
        if (field.Arguments is { Count: > 0 } given && definition.Arguments is { Count: > 0 } declared)
        {
            Values ??= [];
            Values.Add(field, declared.ToDictionary(argument => argument.Name, argument => Value(argument, given.ValueFor(argument.Name))));
        }

        if (field.SelectionSet is { } selections) Collect(selections, definition.ResolvedType?.GetNamedType());
    }

    private ArgumentValue Value(QueryArgument argument, GraphQLValue? literal)
    {
        if (literal is null || (literal is GraphQLVariable variable && variables.Find(variable.Name.Value.ToString()) is null))
        {
            if (argument is { DefaultValue: null, ResolvedType: NonNullGraphType })
            {
                errors.Add(new FaultError(FaultCode.Missing, $"{argument.Name} must be given: it is a {argument.ResolvedType}.", argument.Name));
            }

            return new(argument.DefaultValue, ArgumentSource.FieldDefault);
        }

        return new(argument.ResolvedType!.GetNamedType() is ShapeInput input // an initialised schema has no open ends
            ? WireInput.Of(literal, input.Shape, argument.Name, variables)
            : InputCoercion.FromLiteral(argument.ResolvedType!, literal, argument.Name, variables, errors), ArgumentSource.Literal);
    }

    private FieldType? Definition(GraphQLField field, IGraphType? type) => field.Name.StringValue switch
    {
        "__schema" => schema.SchemaMetaFieldType,
        "__type" => schema.TypeMetaFieldType,
        "__typename" => schema.TypeNameMetaFieldType,
        _ => (type as IComplexGraphType)?.Fields.Find(field.Name.Value),
    };

    private void Directive(ASTNode node)
    {
        if (node is not IHasDirectivesNode { Directives.Count: > 0 } directed) return;
        var values = ExecutionHelper.GetDirectives(directed, variables.Values, schema, document);
        if (values is not null) (Directives ??= [])[node] = values;
    }
}
