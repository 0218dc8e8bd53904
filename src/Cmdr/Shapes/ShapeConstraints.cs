using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cmdr;

/// <summary>Checks what must be true of a value besides its shape; the value is of the shape already.</summary>
internal static class ShapeConstraints
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(250);
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new();

    internal static void Check(ShapeConstraint constraint, Shape shape, JsonElement value, FaultTrail trail)
    {
        var inner = ShapeAttributes.Unwrapped(shape);
        switch (constraint)
        {
            case ShapeConstraint.Range range: Range(range, inner, value, trail); break;
            case ShapeConstraint.Length length: Length(length, inner, value, trail); break;
            case ShapeConstraint.Pattern pattern: Pattern(pattern.Expression, value, trail); break;
            case ShapeConstraint.OneOf allowed: OneOf(allowed.Values, value, trail); break;
            case ShapeConstraint.Other other: Other(other.Attribute, inner, value, trail); break;
        }
    }

    private static void Range(ShapeConstraint.Range range, Shape shape, JsonElement value, FaultTrail trail)
    {
        var (aboveMinimum, belowMaximum) = shape.ClrType == typeof(double) || shape.ClrType == typeof(float)
            ? (Compare(value.GetDouble(), (double?)range.Minimum), Compare((double?)range.Maximum, value.GetDouble()))
            : (Compare(value.GetDecimal(), range.Minimum), Compare(range.Maximum, value.GetDecimal()));
        var isWithin = (range.MinimumIsExclusive ? aboveMinimum > 0 : aboveMinimum >= 0) && (range.MaximumIsExclusive ? belowMaximum > 0 : belowMaximum >= 0);
        if (!isWithin) trail.Add(FaultCode.OutOfRange, $"must be {Bounds(range)}");
    }

    private static int Compare<T>(T? left, T? right)
        where T : struct, IComparable<T> => left is { } a && right is { } b ? a.CompareTo(b) : 1;

    private static string Bounds(ShapeConstraint.Range range)
    {
        var minimum = range.Minimum is { } low ? $"{(range.MinimumIsExclusive ? "more than" : "at least")} {low.ToString(CultureInfo.InvariantCulture)}" : null;
        var maximum = range.Maximum is { } high ? $"{(range.MaximumIsExclusive ? "less than" : "at most")} {high.ToString(CultureInfo.InvariantCulture)}" : null;
        return string.Join(" and ", new[] { minimum, maximum }.OfType<string>());
    }

    private static void Length(ShapeConstraint.Length limits, Shape shape, JsonElement value, FaultTrail trail)
    {
        var (length, unit) = shape.Kind switch
        {
            ShapeKind.Text => (value.GetString()!.Length, "characters long"), // null was answered before
            ShapeKind.Bytes => (value.GetBytesFromBase64().Length, "bytes long"),
            ShapeKind.List => (value.GetArrayLength(), "elements long"),
            _ => (value.GetPropertyCount(), "members large"),
        };
        if (length >= (limits.Minimum ?? 0) && length <= (limits.Maximum ?? int.MaxValue)) return;
        var wanted = (limits.Minimum, limits.Maximum) switch
        {
            ({ } minimum, { } maximum) => $"{minimum} to {maximum}",
            ({ } minimum, null) => $"at least {minimum}",
            (_, var maximum) => $"at most {maximum}",
        };
        trail.Add(FaultCode.Length, $"must be {wanted} {unit}");
    }

    private static void Pattern(string expression, JsonElement value, FaultTrail trail)
    {
        // Anchored with \z: the whole text, and no line break after it.
        var pattern = Patterns.GetOrAdd(expression, static x => new($@"\A(?:{x})\z", RegexOptions.CultureInvariant, LongestMatch));
        try
        {
            if (!pattern.IsMatch(value.GetString()!)) trail.Add(FaultCode.Format, $"must match {expression}"); // null was answered before
        }
        catch (RegexMatchTimeoutException)
        {
            trail.Add(FaultCode.Format, $"takes too long to hold against {expression}");
        }
    }

    private static void OneOf(IReadOnlyList<object?> values, JsonElement value, FaultTrail trail)
    {
        var allowed = values.Select(x => JsonSerializer.SerializeToElement(x, Codec.Options)).ToList();
        if (!allowed.Any(x => JsonElement.DeepEquals(x, value))) trail.Add(FaultCode.NotAllowed, $"must be one of {ShapeText.List([.. allowed.Select(x => x.ToString())])}");
    }

    private static void Other(System.ComponentModel.DataAnnotations.ValidationAttribute attribute, Shape shape, JsonElement value, FaultTrail trail)
    {
        if (attribute.IsValid(value.Deserialize(shape.ClrType, Codec.Options))) return;
        trail.Add(FaultCode.NotAllowed, $"is not allowed: {attribute.FormatErrorMessage("value").TrimEnd('.')}");
    }
}
