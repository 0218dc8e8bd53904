using System.Globalization;
using System.Text.Json;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>A JSON object of the wire as the source of an object type: what a view, an event or a nested record is to its fields.</summary>
/// <param name="Json">The object.</param>
/// <param name="Type">What it is.</param>
internal sealed record Datum(JsonElement Json, IObjectGraphType Type)
{
    /// <summary>A CLR document, through the one codec.</summary>
    internal static Datum Of(object document, IObjectGraphType type) => new(JsonSerializer.SerializeToElement(document, document.GetType(), Codec.Options), type);

    /// <summary>The value of a leaf as its scalar wants it.</summary>
    /// <exception cref="FaultError">The record on the log is not what this host declares it to be.</exception>
    internal static object? Leaf(JsonElement json, Shape shape)
    {
        if (json.ValueKind == JsonValueKind.Null) return null;
        try
        {
            return shape.Kind switch
            {
                ShapeKind.Wrapper => Leaf(json, shape.Element!.Shape), // a wrapper always says what it wraps
                ShapeKind.Boolean => json.GetBoolean(),
                ShapeKind.WholeNumber => IsInt(shape.ClrType) ? json.GetInt32() : json.GetInt64(),
                ShapeKind.Number => shape.ClrType == typeof(decimal) ? json.GetDecimal() : json.GetDouble(),
                ShapeKind.Map or ShapeKind.Any => json,
                _ => json.GetString(),
            };
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new FaultError(ErrorCode.MalformedRecord, string.Create(CultureInfo.InvariantCulture, $"The record holds {json.ValueKind} where its declared type says {shape.Kind}."));
        }
    }

    /// <summary>True for what fits GraphQL's Int of 32 bits.</summary>
    internal static bool IsInt(Type type) => type == typeof(int) || type == typeof(short) || type == typeof(ushort) || type == typeof(byte) || type == typeof(sbyte);
}
