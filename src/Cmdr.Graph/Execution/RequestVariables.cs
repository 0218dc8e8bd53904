using System.Text.Json;
using GraphQL;
using GraphQL.Types;
using GraphQL.Validation;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>The variables of one request: as the library wants them, and as the JSON they came in.</summary>
internal sealed class RequestVariables
{
    private readonly Dictionary<string, JsonElement> given = [];

    /// <summary>The values by their declared types.</summary>
    internal Variables Values { get; private set; } = Variables.None;

    /// <summary>The JSON of a variable, its default included; null when it has no value.</summary>
    internal JsonElement? Find(string name) => given.TryGetValue(name, out var value) ? value : null;

    /// <summary>Coerces variables by their declared types: GraphQL specification, section 6.1.2.</summary>
    /// <param name="declared">The operation's variables with their types.</param>
    /// <param name="json">What came with the request; null for none.</param>
    /// <param name="errors">Gets an error for each fault.</param>
    internal static RequestVariables Read(IReadOnlyList<DeclaredVariable> declared, JsonElement? json, List<ExecutionError> errors)
    {
        var variables = new RequestVariables();
        if (declared.Count == 0) return variables;
        variables.Values = [];
        foreach (var (name, type, definition) in declared)
        {
            var variable = new Variable(name, definition);
            if (json is { ValueKind: JsonValueKind.Object } values && values.TryGetProperty(name, out var value))
            {
                variable.Value = InputCoercion.FromJson(type, value, name, errors);
                variables.given.Add(name, value);
            }
            else if (definition.DefaultValue is { } literal)
            {
                variable.Value = InputCoercion.FromLiteral(type, literal, name, variables, errors);
                variable.IsDefault = true;
                variables.given.Add(name, LiteralJson.Element(literal, variables: null));
            }
            else if (type is NonNullGraphType)
            {
                errors.Add(new FaultError(FaultCode.Missing, $"The variable ${name} must be given: it is a {type}.", name));
            }

            variables.Values.Add(variable);
        }

        return variables;
    }
}

/// <summary>A variable as an operation declares it.</summary>
internal readonly record struct DeclaredVariable(string Name, IGraphType Type, GraphQLVariableDefinition Definition);
