using GraphQL;
using GraphQL.Validation;
using GraphQL.Validation.Errors;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>The library's rule on literals of arguments, but for inputs of commands: Intake judges these, every fault at once.</summary>
internal sealed class LiteralsAreOfType : ValidationRuleBase
{
    private static readonly INodeVisitor Visitor = new MatchingNodeVisitor<GraphQLArgument>((argument, context) =>
    {
        if (context.TypeInfo.GetArgument() is not { ResolvedType: { } type } || type.GetNamedType() is ShapeInput) return;
        if (context.IsValidLiteralValue(type, argument.Value) is { } fault) context.ReportError(new ArgumentsOfCorrectTypeError(context, argument, fault));
    });

    public override ValueTask<INodeVisitor?> GetPreNodeVisitorAsync(ValidationContext context) => new(Visitor);
}
