using System.Collections.Concurrent;
using System.Text.Json;

namespace Cmdr;

/// <summary>What a record looks like as JSON: the only reflection over a record. Intake validates with it; edges and contracts render it.</summary>
public sealed class Shape
{
    private static readonly ConcurrentDictionary<Type, Shape> Known = new();
    private static readonly Lock Reading = new();

    /// <summary>How deep lists, maps and records may be nested, the outermost included.</summary>
    public const int MaxDepth = 32;

    /// <summary>How many faults are told of one value.</summary>
    public const int MaxFaults = 1000;

    internal Shape(Type clrType, ShapeKind kind) => (ClrType, Kind) = (clrType, kind);

    /// <summary>The type that this is the shape of; never a <see cref="Nullable{T}"/>.</summary>
    public Type ClrType { get; }

    /// <summary>What JSON it is.</summary>
    public ShapeKind Kind { get; }

    /// <summary>The members of an <see cref="ShapeKind.Record"/>, in the order of its constructor; empty for others.</summary>
    public IReadOnlyList<ShapeMember> Members { get; internal set; } = [];

    /// <summary>Members that follow from others, such as <c>bool IsEmpty => Balance == 0</c>: written, and ignored where they are read.</summary>
    public IReadOnlyList<ShapeMember> Computed { get; internal set; } = [];

    /// <summary>What a <see cref="ShapeKind.List"/> or the values of a <see cref="ShapeKind.Map"/> hold; what a <see cref="ShapeKind.Wrapper"/> wraps; null for others.</summary>
    public ShapeElement? Element { get; internal set; }

    /// <summary>The names of an <see cref="ShapeKind.Enum"/>, camelCase as on the wire; empty for others.</summary>
    public IReadOnlyList<string> EnumNames { get; internal set; } = [];

    /// <summary>For people, from <c>[Description]</c>; null when there is none.</summary>
    public string? Description { get; internal set; }

    /// <summary>The shape of a type. Throws <see cref="NotSupportedException"/>, naming type and member, for what JSON cannot carry.</summary>
    public static Shape Of(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (Known.TryGetValue(type, out var shape)) return shape;
        lock (Reading)
        {
            // Published only when complete, types that contain each other together.
            var reader = new ShapeReader(Known);
            shape = reader.Read(type);
            foreach (var (added, addition) in reader.Added) Known.TryAdd(added, addition);
            return shape;
        }
    }

    /// <summary>Every way in which a JSON value is not of this shape, at most <see cref="MaxFaults"/>; empty when it is, and then the codec can read it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">What the paths of faults begin with; empty for none.</param>
    public IReadOnlyList<ShapeFault> Validate(JsonElement value, string path = "") => ShapeValidator.Validate(this, value, path);
}

/// <summary>What JSON a shape is.</summary>
public enum ShapeKind
{
    /// <summary>A record: an object with named members.</summary>
    Record,

    /// <summary>A record struct with one member, which on the wire is that member.</summary>
    Wrapper,

    /// <summary>Text.</summary>
    Text,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number that fits its CLR type.</summary>
    WholeNumber,

    /// <summary>A number with a fraction: decimal, double or float.</summary>
    Number,

    /// <summary>A UUID as text.</summary>
    Uuid,

    /// <summary>An RFC 3339 time: <see cref="DateTimeOffset"/> or <see cref="System.DateTime"/>.</summary>
    Time,

    /// <summary>A date without a time: <see cref="DateOnly"/>.</summary>
    Date,

    /// <summary>A time without a date: <see cref="TimeOnly"/>.</summary>
    TimeOfDay,

    /// <summary>A duration: <see cref="TimeSpan"/>.</summary>
    Duration,

    /// <summary>Bytes as Base64 text.</summary>
    Bytes,

    /// <summary>A URI as text.</summary>
    Uri,

    /// <summary>One of some names.</summary>
    Enum,

    /// <summary>An array.</summary>
    List,

    /// <summary>An object with any names.</summary>
    Map,

    /// <summary>Any JSON.</summary>
    Any,
}

/// <summary>A member of an object.</summary>
/// <param name="Name">As on the wire, camelCase.</param>
/// <param name="Element">What it holds.</param>
/// <param name="Required">False when it may be absent: nullable, or with a default.</param>
/// <param name="Default">What it is when absent; null when that is null or it is required.</param>
/// <param name="Description">For people; null when there is none.</param>
/// <param name="Get">Reads it from an instance.</param>
public sealed record ShapeMember(string Name, ShapeElement Element, bool Required, object? Default, string? Description, Func<object, object?> Get);

/// <summary>What a place holds: a shape, whether null is allowed there, and what else must be true of the value.</summary>
/// <param name="Shape">The shape.</param>
/// <param name="Nullable">True when null is allowed.</param>
/// <param name="Constraints">What else must be true; from validation attributes on the constructor's parameter or the property.</param>
public sealed record ShapeElement(Shape Shape, bool Nullable, IReadOnlyList<ShapeConstraint> Constraints);

/// <summary>Something that must be true of a value besides its shape.</summary>
public abstract record ShapeConstraint
{
    /// <summary>From <c>[Range]</c>: numbers within bounds, both included unless said.</summary>
    public sealed record Range(decimal? Minimum, decimal? Maximum, bool MinimumIsExclusive, bool MaximumIsExclusive) : ShapeConstraint;

    /// <summary>From <c>[MinLength]</c>, <c>[MaxLength]</c>, <c>[Length]</c> and <c>[StringLength]</c>: UTF-16 characters of text, elements of lists.</summary>
    public sealed record Length(int? Minimum, int? Maximum) : ShapeConstraint;

    /// <summary>From <c>[RegularExpression]</c>: the whole text matches.</summary>
    public sealed record Pattern(string Expression) : ShapeConstraint;

    /// <summary>From <c>[AllowedValues]</c>.</summary>
    public sealed record OneOf(IReadOnlyList<object?> Values) : ShapeConstraint;

    /// <summary>From any other validation attribute: it decides by itself.</summary>
    public sealed record Other(System.ComponentModel.DataAnnotations.ValidationAttribute Attribute) : ShapeConstraint;
}

/// <summary>One way in which a value is not of a shape.</summary>
/// <param name="Code">One of <see cref="FaultCode"/>.</param>
/// <param name="Path">Where, such as <c>lines[2].amount</c>; empty for the value itself.</param>
/// <param name="Message">A sentence for people, which names what is allowed.</param>
public sealed record ShapeFault(string Code, string Path, string Message);

/// <summary>Why a command is malformed, in words that clients compare with.</summary>
public static class FaultCode
{
    /// <summary>A member that must be there is not.</summary>
    public const string Missing = "MISSING";

    /// <summary>A member that is not known.</summary>
    public const string Unknown = "UNKNOWN";

    /// <summary>A member that is there twice.</summary>
    public const string Duplicate = "DUPLICATE";

    /// <summary>JSON of another kind than wanted.</summary>
    public const string WrongType = "WRONG_TYPE";

    /// <summary>Null where null is not allowed.</summary>
    public const string Null = "NULL";

    /// <summary>A number out of bounds, or one that does not fit.</summary>
    public const string OutOfRange = "OUT_OF_RANGE";

    /// <summary>Text or a list too short or too long.</summary>
    public const string Length = "LENGTH";

    /// <summary>Text that is not of the form wanted.</summary>
    public const string Format = "FORMAT";

    /// <summary>A value that is not one of those allowed.</summary>
    public const string NotAllowed = "NOT_ALLOWED";

    /// <summary>Nested too deep.</summary>
    public const string TooDeep = "TOO_DEEP";

    /// <summary>Too many bytes.</summary>
    public const string TooLarge = "TOO_LARGE";

    /// <summary>Not JSON.</summary>
    public const string NotJson = "NOT_JSON";

    /// <summary>A command type that no module declares.</summary>
    public const string UnknownType = "UNKNOWN_TYPE";

    /// <summary>An id that is no subject's.</summary>
    public const string Subject = "SUBJECT";

    /// <summary>An id that the same subject knows with another body.</summary>
    public const string IdReused = "ID_REUSED";
}
