using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cmdr.Tests.Shapes;

/// <summary>One record with one member of everything.</summary>
[Description("An order.")]
public sealed record Order(
    OrderId Id,
    [Description("Who buys."), MaxLength(10)] string Customer,
    [Range(1, 5)] int Priority,
    [Range(0.01, 1e9)] decimal Amount,
    [MinLength(1)] IReadOnlyList<Line> Lines,
    Colour Colour = Colour.DeepRed,
    string? Note = null,
    Guid? Token = null,
    DateTimeOffset? Due = null,
    DateTime? Seen = null,
    DateOnly? Day = null,
    TimeOnly? Hour = null,
    TimeSpan? Span = null,
    byte[]? Blob = null,
    Uri? Link = null,
    double? Ratio = null,
    float? Small = null,
    bool Urgent = false,
    byte Tiny = 0,
    ulong Big = 0,
    [RegularExpression("[A-Z]{3}")] string? Currency = null,
    [AllowedValues("new", "used")] string? Condition = null,
    [EmailAddress] string? Email = null,
    IReadOnlyDictionary<string, int>? Counts = null,
    IReadOnlyDictionary<string, string?>? Labels = null,
    JsonElement? Extra = null,
    Order? Parent = null,
    Access Access = Access.None,
    [property: JsonPropertyName("renamed")] string? Other = null,
    Money? Price = null)
{
    /// <summary>Computed: written, ignored when read.</summary>
    public bool IsLarge => Amount > 1000;

    /// <summary>Not in the constructor.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
}

public readonly record struct OrderId(string Value);

public readonly record struct Money(decimal Amount, string Currency);

public sealed record Line(string Article, [Range(1, int.MaxValue)] int Count, IReadOnlyList<Line>? Parts = null);

public enum Colour
{
    DeepRed,
    [JsonStringEnumMemberName("sea")] Blue,
}

[Flags]
public enum Access
{
    None = 0,
    Read = 1,
    Write = 2,
}
