using GraphQL;
using GraphQL.Execution;
using GraphQL.Validation;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>
/// What of validation depends on a request: variables and arguments. The document itself was validated when it came into the cache, by the library's rules.
/// </summary>
internal sealed class RequestValidator(MutationGate gate) : IDocumentValidator
{
    public Task<IValidationResult> ValidateAsync(in ValidationOptions options)
    {
        var call = (GraphCall)options.UserContext;
        var errors = new List<ExecutionError>();
        var variables = RequestVariables.Read(call.Document.VariablesOf(options.Operation, options.Schema), call.Variables, errors);
        var arguments = new Arguments(options.Schema, options.Document, variables, errors);
        if (errors.Count == 0) arguments.Collect(options.Operation);
        if (errors.Count == 0 && QueryCost.Fault(options.Document, options.Operation, arguments.Values) is { } fault) errors.Add(fault);
        if (errors.Count == 0) gate.Check(options.Operation, arguments.Values, errors);
        return Task.FromResult<IValidationResult>(new Validated(variables.Values, arguments, errors));
    }

    private sealed class Validated(Variables variables, Arguments arguments, List<ExecutionError> errors) : IValidationResult
    {
        public bool IsValid => errors.Count == 0;

        public ExecutionErrors Errors { get; } = [.. errors];

        public Variables? Variables => variables;

        public IReadOnlyDictionary<GraphQLField, IDictionary<string, ArgumentValue>>? ArgumentValues => arguments.Values;

        public IReadOnlyDictionary<ASTNode, IDictionary<string, DirectiveInfo>>? DirectiveValues => arguments.Directives;
    }
}
