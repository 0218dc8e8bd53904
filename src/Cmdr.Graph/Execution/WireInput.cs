using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>
/// An input record as the JSON that goes to Intake. Only what GraphQL writes otherwise is changed: names of enums, numbers where an ID is text, and one item
/// where a list is wanted (GraphQL specification, sections 3.5.5 and 3.11). All else is for the shape to judge, so that every fault is told at once.
/// </summary>
internal sealed class WireInput
{
    private static readonly ConcurrentDictionary<Shape, bool> SameAsWire = new();

    private readonly List<ShapeFault> faults = [];
    private readonly RequestVariables? variables;

    private WireInput(RequestVariables? variables) => this.variables = variables;

    /// <summary>The JSON, in memory of its own.</summary>
    internal ReadOnlyMemory<byte> Json { get; private set; }

    /// <summary>What only this edge can tell: names and literals that GraphQL does not allow there.</summary>
    internal IReadOnlyList<ShapeFault> Faults => faults;

    /// <summary>An input that a variable holds.</summary>
    internal static WireInput Of(JsonElement value, Shape shape, string path)
    {
        var input = new WireInput(null);
        if (SameAsWire.GetOrAdd(shape, static shape => IsSameAsWire(shape, [])))
        {
            input.Json = JsonMarshal.GetRawUtf8Value(value).ToArray();
            return input;
        }

        return input.Written(writer => input.Write(writer, value, shape, path));
    }

    /// <summary>An input that the document holds.</summary>
    internal static WireInput Of(GraphQLValue value, Shape shape, string path, RequestVariables variables)
    {
        if (value is GraphQLVariable variable && variables.Find(variable.Name.Value.ToString()) is { } found) return Of(found, shape, path);
        var input = new WireInput(variables);
        return input.Written(writer => input.Write(writer, value, shape, path));
    }

    private WireInput Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, ResultWriter.Options)) write(writer);
        Json = buffer.WrittenMemory;
        return this;
    }

    private void Write(Utf8JsonWriter writer, JsonElement value, Shape shape, string path)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Record when value.ValueKind == JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    if (property.Name == "_" && shape.Members.Count == 0) continue;
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value, MemberOf(shape, property.Name), $"{path}.{property.Name}");
                }

                writer.WriteEndObject();
                break;
            case ShapeKind.List when value.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray();
                var index = 0;
                foreach (var item in value.EnumerateArray()) Write(writer, item, shape.Element!.Shape, $"{path}[{index++}]"); // a list says what it holds
                writer.WriteEndArray();
                break;
            case ShapeKind.List when value.ValueKind != JsonValueKind.Null:
                writer.WriteStartArray();
                Write(writer, value, shape.Element!.Shape, path); // a list says what it holds
                writer.WriteEndArray();
                break;
            case ShapeKind.Enum when value.ValueKind == JsonValueKind.String:
                WriteName(writer, value.GetString()!, shape, path); // a string is not null
                break;
            case ShapeKind.Wrapper when value.ValueKind == JsonValueKind.Number && shape.Element!.Shape.Kind == ShapeKind.Text: // a wrapper says what it wraps
                writer.WriteStringValue(JsonMarshal.GetRawUtf8Value(value));
                break;
            case ShapeKind.Wrapper:
                Write(writer, value, shape.Element!.Shape, path); // a wrapper says what it wraps
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private void Write(Utf8JsonWriter writer, GraphQLValue value, Shape shape, string path)
    {
        var inner = shape.Kind == ShapeKind.Wrapper ? shape.Element!.Shape : shape; // a wrapper says what it wraps
        switch (value)
        {
            case GraphQLVariable variable:
                if (variables?.Find(variable.Name.Value.ToString()) is { } found) Write(writer, found, shape, path);
                else writer.WriteNullValue();
                break;
            case GraphQLObjectValue fields when inner.Kind == ShapeKind.Record:
                Write(writer, fields, inner, path);
                break;
            case GraphQLListValue list when inner.Kind == ShapeKind.List:
                writer.WriteStartArray();
                for (var i = 0; i < (list.Values?.Count ?? 0); i++) Write(writer, list.Values![i], inner.Element!.Shape, $"{path}[{i}]"); // counted above; a list says what it holds
                writer.WriteEndArray();
                break;
            case not GraphQLNullValue when inner.Kind == ShapeKind.List:
                writer.WriteStartArray();
                Write(writer, value, inner.Element!.Shape, path); // a list says what it holds
                writer.WriteEndArray();
                break;
            case GraphQLEnumValue name when inner.Kind == ShapeKind.Enum:
                WriteName(writer, name.Name.Value.ToString(), inner, path);
                break;
            case GraphQLEnumValue name when inner.Kind is not (ShapeKind.Map or ShapeKind.Any):
                faults.Add(new(FaultCode.WrongType, path, $"'{path}' must be a value, not the bare name {name.Name.Value}."));
                writer.WriteNullValue();
                break;
            case GraphQLStringValue when inner.Kind == ShapeKind.Enum:
                faults.Add(new(FaultCode.WrongType, path, $"'{path}' must be one of {Names(inner)}, without quotes."));
                writer.WriteNullValue();
                break;
            case GraphQLIntValue number when shape.Kind == ShapeKind.Wrapper && inner.Kind == ShapeKind.Text:
                writer.WriteStringValue(number.Value.Span);
                break;
            default:
                LiteralJson.Element(value, variables).WriteTo(writer);
                break;
        }
    }

    private void Write(Utf8JsonWriter writer, GraphQLObjectValue value, Shape shape, string path)
    {
        writer.WriteStartObject();
        foreach (var field in value.Fields ?? [])
        {
            var name = field.Name.Value.ToString();
            if (name == "_" && shape.Members.Count == 0) continue;
            if (field.Value is GraphQLVariable variable && variables?.Find(variable.Name.Value.ToString()) is null) continue;
            writer.WritePropertyName(name);
            Write(writer, field.Value, MemberOf(shape, name), $"{path}.{name}");
        }

        writer.WriteEndObject();
    }

    private void WriteName(Utf8JsonWriter writer, string name, Shape shape, string path)
    {
        var wire = shape.EnumNames.FirstOrDefault(candidate => TypeNames.Upper(candidate) == name);
        if (wire is null) faults.Add(new(FaultCode.NotAllowed, path, $"'{path}' must be one of {Names(shape)}."));
        writer.WriteStringValue(wire ?? name);
    }

    private static string Names(Shape shape) => string.Join(", ", shape.EnumNames.Select(TypeNames.Upper));

    private static Shape MemberOf(Shape shape, string name) => shape.Members.FirstOrDefault(member => member.Name == name)?.Element.Shape ?? Anything;

    private static readonly Shape Anything = Shape.Of(typeof(JsonElement));

    private static bool IsSameAsWire(Shape shape, HashSet<Shape> seen) => shape.Kind switch
    {
        ShapeKind.Enum or ShapeKind.List or ShapeKind.Wrapper => false,
        ShapeKind.Record when shape.Members.Count == 0 => false,
        ShapeKind.Record => !seen.Add(shape) || shape.Members.All(member => IsSameAsWire(member.Element.Shape, seen)),
        _ => true,
    };
}
