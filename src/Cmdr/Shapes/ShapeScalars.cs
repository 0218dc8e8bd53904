using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cmdr;

/// <summary>Checks values that contain no others, with the very conversions that the codec uses.</summary>
internal static partial class ShapeScalars
{
    internal static void Check(Shape shape, JsonElement value, FaultTrail trail)
    {
        var wanted = shape.Kind switch
        {
            ShapeKind.Boolean => value.ValueKind is JsonValueKind.False ? JsonValueKind.False : JsonValueKind.True,
            ShapeKind.WholeNumber or ShapeKind.Number => JsonValueKind.Number,
            _ => JsonValueKind.String,
        };
        if (value.ValueKind != wanted) trail.Add(FaultCode.WrongType, $"must be {ShapeText.Of(shape)}, not {ShapeText.Of(value.ValueKind)}");
        else if (wanted is JsonValueKind.Number) Number(shape, value, trail);
        else if (wanted is JsonValueKind.String) Text(shape, value, trail);
    }

    /// <summary>A number that no type bounds: kept as it is, so only what no database keeps is refused.</summary>
    internal static void AnyNumber(JsonElement value, FaultTrail trail)
    {
        const int longest = 100;
        var raw = value.GetRawText();
        var fits = raw.Length <= longest && value.TryGetDouble(out var number) && double.IsFinite(number) && (number != 0 || !HasDigits(raw));
        if (!fits) trail.Add(FaultCode.OutOfRange, $"must be a number that a double can hold, in at most {longest} characters");
    }

    private static void Number(Shape shape, JsonElement value, FaultTrail trail)
    {
        if (Fits(shape.ClrType, value)) return;
        if (shape.Kind is ShapeKind.Number)
        {
            trail.Add(FaultCode.OutOfRange, shape.ClrType == typeof(decimal)
                ? $"must be a number from {decimal.MinValue} to {decimal.MaxValue} of at most 28 digits"
                : $"must be a number that a {(shape.ClrType == typeof(float) ? "float" : "double")} can hold");
            return;
        }

        var isWhole = value.GetRawText().All(c => c is '-' or (>= '0' and <= '9'));
        trail.Add(isWhole ? FaultCode.OutOfRange : FaultCode.WrongType, $"must be {ShapeText.Of(shape)}{(isWhole ? "" : ", written without fraction and exponent")}");
    }

    private static bool Fits(Type type, JsonElement value) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => value.TryGetByte(out _),
        TypeCode.SByte => value.TryGetSByte(out _),
        TypeCode.Int16 => value.TryGetInt16(out _),
        TypeCode.UInt16 => value.TryGetUInt16(out _),
        TypeCode.Int32 => value.TryGetInt32(out _),
        TypeCode.UInt32 => value.TryGetUInt32(out _),
        TypeCode.Int64 => value.TryGetInt64(out _),
        TypeCode.UInt64 => value.TryGetUInt64(out _),
        TypeCode.Decimal => value.TryGetDecimal(out var number) && IsExact(number, value.GetRawText()),
        TypeCode.Single => value.TryGetSingle(out var number) && float.IsFinite(number),
        _ => value.TryGetDouble(out var number) && double.IsFinite(number),
    };

    /// <summary>Money must not be rounded on its way in: true when the decimal has all the digits that were written.</summary>
    private static bool IsExact(decimal number, string raw) =>
        raw.Length <= 28 || Digits(raw) == Digits(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The significant digits of a number's mantissa.</summary>
    private static string Digits(string number) =>
        new string([.. number.TakeWhile(c => c is not ('e' or 'E')).Where(char.IsAsciiDigit)]).Trim('0');

    private static bool HasDigits(string number) => Digits(number).Length > 0;

    private static void Text(Shape shape, JsonElement value, FaultTrail trail)
    {
        if (!JsonText.TryRead(value, trail, out var text)) return;
        var isWellFormed = shape.Kind switch
        {
            ShapeKind.Uuid => value.TryGetGuid(out _),
            ShapeKind.Time when shape.ClrType == typeof(DateTime) => Rfc3339().IsMatch(text) && text.EndsWith('Z') && value.TryGetDateTime(out _),
            ShapeKind.Time => Rfc3339().IsMatch(text) && value.TryGetDateTimeOffset(out _),
            ShapeKind.Date or ShapeKind.TimeOfDay or ShapeKind.Duration => Decodes(value, shape.ClrType),
            ShapeKind.Bytes => value.TryGetBytesFromBase64(out _),
            ShapeKind.Uri => System.Uri.TryCreate(text, UriKind.Absolute, out _),
            _ => true,
        };
        if (!isWellFormed) trail.Add(FaultCode.Format, $"must be {ShapeText.Of(shape)}");
        else if (shape.Kind is ShapeKind.Enum && !IsEnum(shape, text)) trail.Add(FaultCode.NotAllowed, $"must be {ShapeText.Of(shape)}");
    }

    private static bool IsEnum(Shape shape, string text) => shape.ClrType.IsDefined(typeof(FlagsAttribute), inherit: false)
        ? text.Split(", ").All(shape.EnumNames.Contains)
        : shape.EnumNames.Contains(text);

    private static bool Decodes(JsonElement value, Type type)
    {
        try
        {
            return value.Deserialize(type, Codec.Options) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,16})?(Z|[+-]\d\d:\d\d)\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Rfc3339();
}
