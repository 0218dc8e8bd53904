using System.Security.Claims;
using GraphQL;
using GraphQL.Execution;
using GraphQL.Validation;
using GraphQL.Validation.Rules;
using GraphQLParser;
using GraphQLParser.AST;
using GraphQLParser.Exceptions;

namespace Cmdr.Graph;

/// <summary>Prepares and runs operations: the one way from any transport into the schema.</summary>
internal sealed class GraphEngine(GraphSchema schema, MutationGate gate, ErrorMask mask)
{
    private static readonly TimeSpan QueryLimit = TimeSpan.FromSeconds(30);

    private static readonly IValidationRule[] Rules = [.. DocumentValidator.CoreRules.Where(rule => rule is not ArgumentsOfCorrectType), new LiteralsAreOfType()];

    private readonly DocumentCache documents = new();
    private readonly DocumentValidator rules = new();
    private readonly DocumentExecuter executer = new(
        new GraphQLDocumentBuilder(),
        new RequestValidator(gate),
        new DefaultExecutionStrategySelector([new(new PullStrategy(), OperationType.Subscription)]),
        []);

    /// <summary>Parses and validates a request's document and finds its operation.</summary>
    /// <returns>The operation; or the errors of a document that is not for this schema.</returns>
    internal async ValueTask<Prepared> Prepare(GraphRequest request)
    {
        try
        {
            var document = documents.Find(request.Query);
            if (document is null)
            {
                document = new(request.Query, Parse(request.Query));
                if (await Validate(document.Document).ConfigureAwait(false) is { Count: > 0 } errors) return new(request, null, null, errors);
                documents.Add(document);
            }

            return new(request, document, document.Operation(request.OperationName), null);
        }
        catch (ExecutionError e)
        {
            return new(request, null, null, [e]);
        }
    }

    /// <summary>Runs an operation. A subscription gives one stream, a <see cref="PulledStream"/>.</summary>
    /// <param name="prepared">Without errors.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="cancellationToken">Ends it; what was submitted by then goes on.</param>
    internal Task<ExecutionResult> Execute(Prepared prepared, ClaimsPrincipal? user, CancellationToken cancellationToken) => executer.ExecuteAsync(new()
    {
        Schema = schema,
        Document = prepared.Document!.Document, // without errors there is a document
        Query = prepared.Request.Query,
        OperationName = prepared.Request.OperationName,
        UserContext = new GraphCall { Document = prepared.Document, Variables = prepared.Request.Variables, Actor = user?.Identity is { IsAuthenticated: true, Name: { } name } ? name : null },
        // A mutation is limited by its own timeoutMs, and a subscription by its reader.
        Timeout = prepared.Operation!.Operation == OperationType.Query ? QueryLimit : Timeout.InfiniteTimeSpan,
        CancellationToken = cancellationToken,
        UnhandledExceptionDelegate = mask.Mask,
    });

    private static GraphQLDocument Parse(string text)
    {
        if (text.Length > DocumentLimits.MaxCharacters) throw new FaultError(ErrorCode.TooComplex, $"The document is longer than {DocumentLimits.MaxCharacters} characters.", "query");
        try
        {
            var document = Parser.Parse(text, new() { Ignore = IgnoreOptions.Comments });
            DocumentLimits.Check(document);
            return document;
        }
        catch (GraphQLSyntaxErrorException e)
        {
            throw new SyntaxError(e);
        }
        catch (GraphQLParserException e)
        {
            throw new FaultError(ErrorCode.TooComplex, $"The document cannot be read: {e.Message.Split('\n')[0]}", "query");
        }
    }

    private async Task<ExecutionErrors> Validate(GraphQLDocument document) => (await rules.ValidateAsync(new()
    {
        Schema = schema,
        Document = document,
        Rules = Rules,
        UserContext = new Dictionary<string, object?>(),
        Metrics = GraphQL.Instrumentation.Metrics.None,
        Variables = Inputs.Empty,
        Extensions = Inputs.Empty,
        Operation = null!, // none: variables and arguments are coerced per request
    }).ConfigureAwait(false)).Errors;
}

/// <summary>A request that was held against the schema.</summary>
/// <param name="Request">As it came.</param>
/// <param name="Document">Null when there are errors.</param>
/// <param name="Operation">Null when there are errors.</param>
/// <param name="Errors">Why it cannot run; null when it can.</param>
internal sealed record Prepared(GraphRequest Request, ValidatedDocument? Document, GraphQLOperationDefinition? Operation, ExecutionErrors? Errors);
