using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Cmdr;

/// <summary>Reads validation attributes, of constructor parameters too, as constraints.</summary>
internal static class ShapeAttributes
{
    internal static IReadOnlyList<ShapeConstraint> Constraints(Shape shape, IEnumerable<ICustomAttributeProvider> attributes, string where) =>
        [.. attributes.SelectMany(provider => provider.GetCustomAttributes(typeof(ValidationAttribute), inherit: true)).Cast<ValidationAttribute>()
            .SelectMany(attribute => Constraints(shape, attribute, where)).Distinct()];

    private static IEnumerable<ShapeConstraint> Constraints(Shape shape, ValidationAttribute attribute, string where)
    {
        var inner = Unwrapped(shape);
        var hasLength = inner.Kind is ShapeKind.Text or ShapeKind.List or ShapeKind.Map or ShapeKind.Bytes;
        return attribute switch
        {
            RequiredAttribute when inner.Kind is not ShapeKind.Text => [],
            RangeAttribute range when inner.Kind is ShapeKind.Number or ShapeKind.WholeNumber && Range(range, where) is { } bounds => [bounds],
            MinLengthAttribute x when hasLength => [new ShapeConstraint.Length(x.Length, null)],
            MaxLengthAttribute x when hasLength => x.Length < 0 ? [] : [new ShapeConstraint.Length(null, x.Length)],
            LengthAttribute x when hasLength => [new ShapeConstraint.Length(x.MinimumLength, x.MaximumLength)],
            StringLengthAttribute x when hasLength => [new ShapeConstraint.Length(x.MinimumLength > 0 ? x.MinimumLength : null, x.MaximumLength)],
            MinLengthAttribute or MaxLengthAttribute or LengthAttribute or StringLengthAttribute => throw new NotSupportedException(
                $"{where}: [{attribute.GetType().Name}] is for text, lists, maps and bytes."),
            RegularExpressionAttribute x when inner.Kind is ShapeKind.Text => [Pattern(x, where)],
            AllowedValuesAttribute x => [new ShapeConstraint.OneOf([.. x.Values])],
            { RequiresValidationContext: true } => throw new NotSupportedException(
                $"{where}: [{attribute.GetType().Name}] looks at more than the member; what depends on other members belongs in Decide."),
            _ => [new ShapeConstraint.Other(attribute)],
        };
    }

    internal static Shape Unwrapped(Shape shape)
    {
        while (shape is { Kind: ShapeKind.Wrapper, Element: { } wrapped }) shape = wrapped.Shape;
        return shape;
    }

    private static ShapeConstraint.Range? Range(RangeAttribute range, string where)
    {
        try
        {
            return new(Bound(range.Minimum), Bound(range.Maximum), range.MinimumIsExclusive, range.MaximumIsExclusive);
        }
        catch (OverflowException)
        {
            return null; // beyond decimal: the attribute decides by itself
        }
        catch (FormatException e)
        {
            throw new NotSupportedException($"{where}: [Range({range.Minimum}, {range.Maximum})] has a bound that is no number.", e);
        }
    }

    /// <summary>A bound as a decimal; null for one that bounds nothing.</summary>
    private static decimal? Bound(object bound) => bound switch
    {
        double.MaxValue or double.MinValue or double.PositiveInfinity or double.NegativeInfinity => null,
        _ => Convert.ToDecimal(bound, CultureInfo.InvariantCulture),
    };

    private static ShapeConstraint.Pattern Pattern(RegularExpressionAttribute attribute, string where)
    {
        try
        {
            _ = new Regex(attribute.Pattern);
            return new(attribute.Pattern);
        }
        catch (ArgumentException e)
        {
            throw new NotSupportedException($"{where}: [RegularExpression] is no regular expression. {e.Message}", e);
        }
    }
}
