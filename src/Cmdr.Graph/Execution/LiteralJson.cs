using System.Buffers;
using System.Text.Json;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>A value of a document as JSON.</summary>
internal static class LiteralJson
{
    /// <summary>The value as an element of its own.</summary>
    /// <param name="value">A value of a document.</param>
    /// <param name="variables">The values of variables; null where none may occur.</param>
    internal static JsonElement Element(GraphQLValue value, RequestVariables? variables)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, ResultWriter.Options)) Write(writer, value, variables);
        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    private static void Write(Utf8JsonWriter writer, GraphQLValue value, RequestVariables? variables)
    {
        switch (value)
        {
            case GraphQLStringValue text when !UnicodeText.IsWellFormed(text.Value.Span):
                throw new FaultError(FaultCode.Format, "The document has text that is not well-formed Unicode.", "query");
            case GraphQLStringValue text: writer.WriteStringValue(text.Value.Span); break;
            case GraphQLIntValue number: writer.WriteRawValue(number.Value.Span, skipInputValidation: true); break;
            case GraphQLFloatValue number: writer.WriteRawValue(number.Value.Span, skipInputValidation: true); break;
            case GraphQLBooleanValue flag: writer.WriteBooleanValue(flag.BoolValue); break;
            case GraphQLEnumValue name: writer.WriteStringValue(name.Name.Value.Span); break;
            case GraphQLVariable variable when variables?.Find(variable.Name.Value.ToString()) is { } found: found.WriteTo(writer); break;
            case GraphQLListValue list:
                writer.WriteStartArray();
                foreach (var item in list.Values ?? []) Write(writer, item, variables);
                writer.WriteEndArray();
                break;
            case GraphQLObjectValue fields:
                Write(writer, fields, variables);
                break;
            default: writer.WriteNullValue(); break;
        }
    }

    private static void Write(Utf8JsonWriter writer, GraphQLObjectValue value, RequestVariables? variables)
    {
        writer.WriteStartObject();
        foreach (var field in value.Fields ?? [])
        {
            // A variable without a value leaves its field out: GraphQL specification, section 3.10, Input Coercion.
            if (field.Value is GraphQLVariable variable && variables?.Find(variable.Name.Value.ToString()) is null) continue;
            writer.WritePropertyName(field.Name.Value.Span);
            Write(writer, field.Value, variables);
        }

        writer.WriteEndObject();
    }
}
