using GraphQL.Types;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>A document that passed every rule that does not depend on variables.</summary>
internal sealed class ValidatedDocument(string text, GraphQLDocument document)
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<GraphQLOperationDefinition, IReadOnlyList<DeclaredVariable>> variables = new();

    /// <summary>As it was sent.</summary>
    internal string Text => text;

    internal GraphQLDocument Document => document;

    /// <summary>The operation of a name.</summary>
    /// <exception cref="FaultError">There is none, or no name was given and there are several.</exception>
    internal GraphQLOperationDefinition Operation(string? name)
    {
        var all = document.Definitions.OfType<GraphQLOperationDefinition>().ToList();
        if (string.IsNullOrEmpty(name))
        {
            return all.Count == 1 ? all[0] : throw new FaultError(ErrorCode.OperationName, all.Count == 0
                ? "The document has no operation."
                : "The document has several operations; say which by operationName.", "operationName");
        }

        return all.Find(operation => operation.Name?.Value == name)
            ?? throw new FaultError(ErrorCode.OperationName, $"The document has no operation named '{name}'.", "operationName");
    }

    /// <summary>The variables of an operation with their types.</summary>
    internal IReadOnlyList<DeclaredVariable> VariablesOf(GraphQLOperationDefinition operation, ISchema schema) =>
        variables.GetOrAdd(operation, static (operation, schema) =>
            [.. (operation.Variables?.Items ?? []).Select(variable =>
                new DeclaredVariable(variable.Variable.Name.StringValue, variable.Type.GraphTypeFromType(schema)!, variable))], schema); // a rule refused unknown types
}
