using System.Collections.Concurrent;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>The numbers of topics; a topic and its partitions are created on first use.</summary>
internal sealed class TopicIds(NpgsqlDataSource source)
{
    private readonly ConcurrentDictionary<string, short> known = new(StringComparer.Ordinal);

    internal ValueTask<short> Of(string topic, CancellationToken cancellationToken) =>
        known.TryGetValue(topic, out var id) ? new(id) : new(Create(topic, cancellationToken));

    private async Task<short> Create(string topic, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        using var batch = source.CreateBatch();
        foreach (var sql in new[] { Sql.CreateTopic, Sql.CreatePartitions, Sql.Topic })
        {
            batch.BatchCommands.Add(new(sql) { Parameters = { new NpgsqlParameter<string> { TypedValue = topic } } });
        }

        var id = (short)(await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!; // the last statement finds what the first made
        return known.GetOrAdd(topic, id);
    }
}
