using System.Text.Json;
using GraphQL;
using GraphQL.Execution;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>Holds back a request with several mutations when one is malformed, so that of a malformed request nothing reaches the log.</summary>
internal sealed class MutationGate(Catalog catalog)
{
    /// <summary>Adds an error for each fault. A single mutation is left to Intake, which judges it anyway.</summary>
    internal void Check(GraphQLOperationDefinition operation, IReadOnlyDictionary<GraphQLField, IDictionary<string, ArgumentValue>>? arguments, List<ExecutionError> errors)
    {
        if (operation.Operation != OperationType.Mutation || arguments is not { Count: > 1 }) return;
        foreach (var (field, values) in arguments)
        {
            foreach (var fault in values.Values.SelectMany(value => Faults(field, value.Value)))
            {
                var error = FaultError.Of(fault);
                error.Path = [(field.Alias?.Name ?? field.Name).StringValue];
                errors.Add(error);
            }
        }
    }

    private IEnumerable<ShapeFault> Faults(GraphQLField field, object? value) => value switch
    {
        WireInput input when catalog.Commands.FirstOrDefault(command => MutationFields.NameOf(command) == field.Name.StringValue) is { } command =>
            Judged(command.Shape, input),
        object?[] commands when field.Name.StringValue == MutationFields.Submit => commands.OfType<Dictionary<string, object?>>().SelectMany((command, i) =>
            catalog.Command((string)command["type"]!) is { } known // type is not null in the schema
                ? known.Shape.Validate((JsonElement)command["data"]!, $"commands[{i}].data") // nor is data
                : [new(FaultCode.UnknownType, $"commands[{i}].type", $"'commands[{i}].type' is not a command that this host knows.")]),
        _ => [],
    };

    /// <summary>Every fault of an input: what the edge found, and what the shape finds elsewhere.</summary>
    internal static IEnumerable<ShapeFault> Judged(Shape shape, WireInput input)
    {
        using var json = JsonDocument.Parse(input.Json);
        var edge = input.Faults.Select(fault => fault.Path).ToHashSet();
        return [.. input.Faults, .. shape.Validate(json.RootElement, "input").Where(fault => !edge.Contains(fault.Path))];
    }
}
