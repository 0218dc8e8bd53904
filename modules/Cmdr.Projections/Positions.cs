using Npgsql;

namespace Cmdr.Projections;

/// <summary>Where a partition is projected to.</summary>
/// <param name="Next">One past the last offset.</param>
/// <param name="CommandOffset">The highest <c>ce_commandoffset</c> of an events partition; -1 when there is none.</param>
internal readonly record struct Reached(long Next, long CommandOffset);

/// <summary>Where all partitions were projected to at one moment.</summary>
/// <param name="Generation">Rises when the tables are built again: positions of two generations do not compare.</param>
/// <param name="Partitions">All of both topics.</param>
internal sealed record StoredPositions(long Generation, IReadOnlyDictionary<TopicPartition, Reached> Partitions)
{
    /// <summary>The next offset of a partition.</summary>
    internal long NextOf(TopicPartition partition) => Partitions[partition].Next;
}

/// <summary>Reads the stored positions.</summary>
internal sealed class Positions(NpgsqlDataSource source)
{
    internal async Task<StoredPositions> Read(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await Read(connection, cancellationToken);
    }

    internal static async Task<StoredPositions> Read(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql.Positions, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (generation, partitions) = (0L, new Dictionary<TopicPartition, Reached>());
        while (await reader.ReadAsync(cancellationToken))
        {
            partitions.Add(new(reader.GetString(0), reader.GetInt32(1)), new(reader.GetInt64(2), reader.GetInt64(3)));
            generation = reader.GetInt64(4);
        }

        return new(generation, partitions);
    }
}
