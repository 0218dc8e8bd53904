using System.Text.Json;

namespace Cmdr;

/// <summary>Holds a JSON value against a shape.</summary>
internal static class ShapeValidator
{
    internal static IReadOnlyList<ShapeFault> Validate(Shape shape, JsonElement value, string path) => throw new NotImplementedException($"{shape} {value} {path}");
}
