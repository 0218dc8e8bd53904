using System.Text.Json;
using GraphQL.Types;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>Any JSON. Values are <see cref="JsonElement"/>s throughout.</summary>
internal sealed class JsonScalar : ScalarGraphType
{
    internal JsonScalar()
    {
        Name = "JSON";
        Description = "Any JSON value.";
    }

    public override object? ParseLiteral(GraphQLValue value) => value is GraphQLNullValue ? null : LiteralJson.Element(value, variables: null);

    public override object? ParseValue(object? value) => value;

    public override object? Serialize(object? value) => value;

    public override bool CanParseLiteral(GraphQLValue value) => true;
}
