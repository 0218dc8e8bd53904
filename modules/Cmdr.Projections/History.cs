using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Cmdr.Projections;

/// <inheritdoc/>
internal sealed class History(NpgsqlDataSource source) : IHistory
{
    public Task<HistoryRecord?> FindCommand(Guid id, Subject? subject, CancellationToken cancellationToken) => Find(id, Topics.Commands, subject, cancellationToken);

    public Task<HistoryRecord?> FindEvent(Guid id, CancellationToken cancellationToken) => Find(id, Topics.Events, null, cancellationToken);

    public async Task<HistoryPage> List(string topic, HistoryFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        var keyset = new Keyset<HistoryRecord, Place>(
            Place.Of,
            cursor => Place.Parse(topic, cursor),
            (after, before, backward, size, ct) => Range(topic, filter, (after, before), backward, size, ct));
        var (items, hasNext, hasPrevious) = await keyset.Page(page, cancellationToken);
        return new([.. items.Select(item => new PageItem<HistoryRecord>(item, Place.Of(item).Cursor(topic)))], hasNext, hasPrevious);
    }

    private async Task<HistoryRecord?> Find(Guid id, string topic, Subject? subject, CancellationToken cancellationToken)
    {
        if (subject is { } named && Subject.FaultOf(named.Id) is not null) return null;
        await using var command = source.CreateCommand(Sql.FindHistory);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = topic });
        command.Parameters.Add(Text(subject?.ToString()));
        return await Read(command, cancellationToken) is [var first, ..] ? first : null;
    }

    private async Task<IReadOnlyList<HistoryRecord>> Range(
        string topic, HistoryFilter filter, (Place? After, Place? Before) bounds, bool backward, int size, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(Sql.HistoryPage);
        command.Parameters.Add(new() { Value = topic });
        command.Parameters.Add(new() { Value = filter.Types is { Count: > 0 } types ? types.ToArray() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(Text(filter.Subject?.ToString()));
        command.Parameters.Add(Nullable(filter.CorrelationId, NpgsqlDbType.Uuid));
        command.Parameters.Add(Nullable(filter.CausationId, NpgsqlDbType.Uuid));
        command.Parameters.Add(Nullable(filter.From?.UtcTicks, NpgsqlDbType.Bigint));
        command.Parameters.Add(Nullable(filter.Until?.UtcTicks, NpgsqlDbType.Bigint));
        foreach (var bound in new[] { bounds.After, bounds.Before })
        {
            command.Parameters.Add(Nullable(bound?.Time, NpgsqlDbType.Bigint));
            command.Parameters.Add(Nullable(bound?.Partition, NpgsqlDbType.Integer));
            command.Parameters.Add(Nullable(bound?.Offset, NpgsqlDbType.Bigint));
        }

        command.Parameters.Add(new() { Value = backward });
        command.Parameters.Add(new() { Value = size });
        return await Read(command, cancellationToken);
    }

    private static async Task<IReadOnlyList<HistoryRecord>> Read(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<HistoryRecord>();
        while (await reader.ReadAsync(cancellationToken)) found.Add(HistoryRow.Read(reader));
        return found;
    }

    // No text of the history contains U+0000, which PostgreSQL would refuse as a parameter.
    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value?.Replace('\0', '\uFFFF') ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Nullable<T>(T? value, NpgsqlDbType type)
        where T : struct => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = type };

    /// <summary>A record's place in the order of a list.</summary>
    private sealed record Place(long Time, int Partition, long Offset)
    {
        internal static Place Of(HistoryRecord record) => new(record.Envelope.Time.UtcTicks, record.Position.Partition, record.Position.Offset);

        internal static Place Parse(string topic, string cursor) => ListCursor.Parse(cursor) is [{ } list, { } time, { } partition, { } offset] && list == topic
            && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var t)
            && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out var p)
            && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var o)
            ? new(t, p, o)
            : throw ListCursor.Malformed(cursor);

        internal string Cursor(string topic) => ListCursor.Write(
            topic, Time.ToString(CultureInfo.InvariantCulture), Partition.ToString(CultureInfo.InvariantCulture), Offset.ToString(CultureInfo.InvariantCulture));
    }
}
