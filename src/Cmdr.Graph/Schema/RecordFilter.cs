using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>What records have in common, as an input and as the doors want it.</summary>
internal static class RecordFilter
{
    internal static InputObjectGraphType Type(string name)
    {
        var type = new InputObjectGraphType { Name = name, Description = "What they have in common; what is left out does not restrict." };
        type.AddField(Field.Input("types", new ListGraphType(Field.Required(Scalars.String)), "One of these."));
        type.AddField(Field.Input("subject", Scalars.String, "Such as account/a1."));
        type.AddField(Field.Input("correlationId", Scalars.Uuid));
        type.AddField(Field.Input("causationId", Scalars.Uuid));
        type.AddField(Field.Input("from", Scalars.DateTime, "At or after."));
        type.AddField(Field.Input("until", Scalars.DateTime, "Before."));
        return type;
    }

    internal static HistoryFilter Read(Dictionary<string, object?>? filter) => filter is null ? new() : new()
    {
        Types = Types(filter.GetValueOrDefault("types")),
        Subject = Subject((string?)filter.GetValueOrDefault("subject"), "filter.subject"),
        CorrelationId = (Guid?)filter.GetValueOrDefault("correlationId"),
        CausationId = (Guid?)filter.GetValueOrDefault("causationId"),
        From = (DateTimeOffset?)filter.GetValueOrDefault("from"),
        Until = (DateTimeOffset?)filter.GetValueOrDefault("until"),
    };

    internal static IReadOnlyList<string>? Types(object? list) => list is object?[] types ? [.. types.OfType<string>()] : null;

    /// <exception cref="FaultError">It is not <c>category/id</c>.</exception>
    internal static Subject? Subject(string? text, string field) => text switch
    {
        null => null,
        _ when Cmdr.Subject.TryParse(text, out var subject) => subject,
        _ => throw new FaultError(FaultCode.Format, $"{field} must be a category and an id, such as account/a1.", field),
    };
}
