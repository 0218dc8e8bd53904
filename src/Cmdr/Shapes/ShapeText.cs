using System.Globalization;
using System.Text.Json;

namespace Cmdr;

/// <summary>Says in words what is wanted, for the sentences of faults.</summary>
internal static class ShapeText
{
    private const int MostNames = 20;

    internal static string Of(Shape shape) => shape.Kind switch
    {
        ShapeKind.Wrapper => Of(ShapeAttributes.Unwrapped(shape)),
        ShapeKind.Text => "text",
        ShapeKind.Boolean => "true or false",
        ShapeKind.WholeNumber => $"a whole number from {Limit(shape, "MinValue")} to {Limit(shape, "MaxValue")}",
        ShapeKind.Number => "a number",
        ShapeKind.Uuid => "a UUID such as 0198c0de-0000-7000-8000-000000000001",
        ShapeKind.Time when shape.ClrType == typeof(DateTime) => "an RFC 3339 time in UTC such as 2026-01-31T12:00:00Z",
        ShapeKind.Time => "an RFC 3339 time such as 2026-01-31T12:00:00Z",
        ShapeKind.Date => "a date such as 2026-01-31",
        ShapeKind.TimeOfDay => "a time of day such as 12:30:00",
        ShapeKind.Duration => "a duration such as 1.02:30:00 (days.hours:minutes:seconds)",
        ShapeKind.Bytes => "bytes as Base64 text",
        ShapeKind.Uri => "an absolute URI such as https://example.com/a",
        ShapeKind.Enum => $"one of {List(shape.EnumNames)}",
        ShapeKind.List => "a list",
        ShapeKind.Any => "any JSON",
        _ => "an object",
    };

    internal static string Of(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Null => "null",
        _ => "nothing",
    };

    internal static string Members(Shape shape) => shape.Members.Count == 0
        ? "no members are allowed"
        : $"allowed are {List([.. shape.Members.Select(member => member.Name)])}";

    internal static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");

    private static string Limit(Shape shape, string name) => Convert.ToString(shape.ClrType.GetField(name)!.GetValue(null), CultureInfo.InvariantCulture)!; // all have both
}
