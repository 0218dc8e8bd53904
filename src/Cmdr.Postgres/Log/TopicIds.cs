using System.Collections.Concurrent;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>The numbers of topics and groups; a topic and its partitions are created on first use.</summary>
internal sealed class TopicIds(NpgsqlDataSource source)
{
    private readonly ConcurrentDictionary<string, short> known = new(StringComparer.Ordinal);

    internal ValueTask<short> Of(string topic, CancellationToken cancellationToken) =>
        known.TryGetValue(topic, out var id) ? new(id) : new(Create(topic, cancellationToken));

    /// <summary>The number of a group, which is created on first use.</summary>
    internal async Task<short> OfGroup(string group, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        using var batch = source.CreateBatch();
        batch.Add(Sql.CreateGroup).Parameters.With(group);
        batch.Add(Sql.Group).Parameters.With(group);
        return (short)(await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!; // the last statement finds what the first made
    }

    private async Task<short> Create(string topic, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        using var batch = source.CreateBatch();
        batch.Add(Sql.CreateTopic).Parameters.With(topic);
        batch.Add(Sql.CreatePartitions).Parameters.With(topic);
        batch.Add(Sql.Topic).Parameters.With(topic);
        var id = (short)(await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!; // the last statement finds what the first made
        return known.GetOrAdd(topic, id);
    }
}
