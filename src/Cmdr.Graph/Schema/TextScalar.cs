using GraphQL.Types;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>A scalar that is text on the wire and of a form that can be told.</summary>
internal sealed class TextScalar : ScalarGraphType
{
    private readonly Func<string, object?> read;

    /// <summary>A scalar.</summary>
    /// <param name="name">Its name in the schema.</param>
    /// <param name="description">Its form, as a phrase that follows "must be".</param>
    /// <param name="read">The value of a text; null when the text is not of the form.</param>
    internal TextScalar(string name, string description, Func<string, object?> read)
    {
        Name = name;
        Form = description;
        Description = char.ToUpperInvariant(description[0]) + description[1..] + ".";
        this.read = read;
    }

    /// <summary>What a text must be, for people.</summary>
    internal string Form { get; }

    public override object? ParseLiteral(GraphQLValue value) => value switch
    {
        GraphQLStringValue text => ParseValue(text.Value.ToString()),
        GraphQLNullValue => null,
        _ => throw new FormatException($"must be {Form}, in quotes"),
    };

    public override object? ParseValue(object? value) => value switch
    {
        null => null,
        string text => read(text) ?? throw new FormatException($"must be {Form}"),
        _ => throw new FormatException($"must be {Form}"),
    };

    public override object? Serialize(object? value) => value is DateTimeOffset time ? time.UtcDateTime : value;

    public override GraphQLValue ToAST(object? value) => value is null ? new GraphQLNullValue() : new GraphQLStringValue(value.ToString()!);
}
