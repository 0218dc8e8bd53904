using System.Globalization;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>The scalars of the schema. One instance of each, shared by all that use it.</summary>
internal static class Scalars
{
    internal static readonly ScalarGraphType String = new StringGraphType();
    internal static readonly ScalarGraphType Boolean = new BooleanGraphType();
    internal static readonly ScalarGraphType Int = new IntGraphType();
    internal static readonly ScalarGraphType Float = new FloatGraphType();
    internal static readonly ScalarGraphType Id = new IdGraphType();
    internal static readonly ScalarGraphType Long = new LongGraphType { Name = "Long", Description = "A whole number of 64 bits." };
    internal static readonly ScalarGraphType Decimal = new DecimalGraphType { Name = "Decimal", Description = "A decimal number of up to 28 digits." };
    internal static readonly ScalarGraphType Json = new JsonScalar();

    internal static readonly ScalarGraphType Uuid = new TextScalar("UUID", "a UUID such as 0198c0de-0000-7000-8000-000000000000", text =>
        Guid.TryParseExact(text, "D", out var id) ? id : null);

    internal static readonly ScalarGraphType DateTime = new TextScalar("DateTime", "an RFC 3339 time such as 2026-01-31T12:00:00Z", text =>
        text.Contains('T', StringComparison.OrdinalIgnoreCase) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUniversalTime()
            : null);

    internal static readonly ScalarGraphType Date = new TextScalar("Date", "a date such as 2026-01-31", text =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? text : null);

    internal static readonly ScalarGraphType Time = new TextScalar("Time", "a time of day such as 12:00:00", text => text);

    internal static readonly ScalarGraphType Duration = new TextScalar("Duration", "a duration such as 00:01:00", text => text);

    internal static readonly ScalarGraphType Uri = new TextScalar("URI", "a URI", text => text);

    internal static readonly ScalarGraphType Base64 = new TextScalar("Base64", "bytes as Base64", text =>
        System.Buffers.Text.Base64.IsValid(text) ? text : null);

    internal static readonly ScalarGraphType Position = new TextScalar("Position", "a place on the log such as events/3/17", text =>
        Cmdr.Position.TryParse(text, out var position) ? position : null);

    internal static readonly ScalarGraphType Cursor = new TextScalar("Cursor", "a cursor that an event or command gave, \"beginning\" or \"now\"", text => text);

    internal static readonly EnumerationGraphType Wait = Enumeration<Wait>("What a mutation waits for.", value => value switch
    {
        Cmdr.Wait.Logged => "The command is durably on the log.",
        Cmdr.Wait.Completed => "Its outcome is on the log.",
        _ => "Views and history show it.",
    });

    internal static readonly EnumerationGraphType Status = Enumeration<Status>("How far a command has come.", value => value switch
    {
        Cmdr.Status.Logged => "On the log.",
        Cmdr.Status.Scheduled => "Accepted, to be decided when due.",
        Cmdr.Status.Started => "It started a saga that has not ended.",
        Cmdr.Status.Completed => "Accepted, and all that follows is recorded.",
        Cmdr.Status.Refused => "Refused: a business \"no\".",
        _ => "Set aside after a failure, to be retried or dropped.",
    });

    private static readonly IGraphType[] BuiltIn = [String, Boolean, Int, Float, Id];

    internal static IEnumerable<string> Names => BuiltIn
        .Concat([Long, Decimal, Json, Uuid, DateTime, Date, Time, Duration, Uri, Base64, Position, Cursor, Wait, Status]).Select(type => type.Name);

    private static EnumerationGraphType Enumeration<TEnum>(string description, Func<TEnum, string> describe)
        where TEnum : struct, Enum
    {
        var type = new EnumerationGraphType { Name = typeof(TEnum).Name, Description = description };
        foreach (var value in Enum.GetValues<TEnum>()) type.Add(TypeNames.Upper(value.ToString()), value, describe(value));
        return type;
    }
}
