using Npgsql;

namespace Cmdr.Projections;

/// <summary>A row of the history as the record that it was made from; the columns in the order of the table.</summary>
internal static class HistoryRow
{
    internal static HistoryRecord Read(NpgsqlDataReader row) => new(
        new(row.GetString(0), row.GetInt32(1), row.GetInt64(2)),
        new()
        {
            Id = row.GetGuid(3),
            Type = row.GetString(4),
            Subject = Subject.TryParse(row.GetString(5), out var subject) ? subject : throw new FormatException($"'{row.GetString(5)}' is not a subject."),
            Time = Time(row.GetInt64(6)),
            Source = row.GetString(7),
            CorrelationId = Optional<Guid>(row, 8),
            CausationId = Optional<Guid>(row, 9),
            Actor = Text(row, 10),
            Sequence = Optional<long>(row, 11),
            CommandOffset = Optional<long>(row, 12),
            CommandHash = Text(row, 13),
            ExpectedSequence = Optional<long>(row, 14),
            Outcome = Text(row, 15) is { } outcome ? Enum.Parse<Outcome>(outcome) : null,
            Saga = Text(row, 16),
            NotBefore = Optional<long>(row, 17) is { } ticks ? Time(ticks) : null,
            DataSchema = Text(row, 18),
            TraceParent = Text(row, 19),
            TraceState = Text(row, 20),
            Data = row.GetFieldValue<byte[]>(21),
        });

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static T? Optional<T>(NpgsqlDataReader row, int column)
        where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);
}
