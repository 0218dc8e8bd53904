using Npgsql;

namespace Cmdr.Postgres;

/// <summary>A partition to read, from an offset on.</summary>
internal readonly record struct ReadLane(short TopicId, TopicPartition Partition, long Next);

/// <summary>Reads consecutive records of several partitions in one statement, which is its own transaction.</summary>
internal static class LaneReader
{
    /// <summary>Lane by lane, up to so many records and bytes; one record may exceed the bytes.</summary>
    internal static Task<List<LoggedRecord>> Read(
        NpgsqlDataSource source, IReadOnlyList<ReadLane> lanes, int maxRecords, int maxBytes, CancellationToken cancellationToken)
    {
        var (lane, next) = (0, 0L);
        return Query.Rows(source, Sql.Read, Bind, Row, cancellationToken);

        void Bind(NpgsqlParameterCollection parameters) => parameters
            .With(lanes.Select(lane => lane.TopicId).ToArray())
            .With(lanes.Select(lane => lane.Partition.Partition).ToArray())
            .With(lanes.Select(lane => lane.Next).ToArray())
            .With(maxRecords)
            .With((long)maxBytes);

        LoggedRecord Row(NpgsqlDataReader reader)
        {
            if ((int)reader.GetInt64(0) is var number && number != lane) (lane, next) = (number, lanes[number - 1].Next);
            var partition = lanes[lane - 1].Partition;
            var offset = reader.GetInt64(1);
            if (offset < next) throw new LogException($"{partition} was read out of order: {offset} where {next} or more was due.");
            next = offset + 1;
            return new(new(partition.Topic, partition.Partition, offset), Record(reader, 2));
        }
    }

    /// <summary>The record whose key, value and headers begin at a column.</summary>
    internal static LogRecord Record(NpgsqlDataReader reader, int column) => new(
        reader.GetFieldValue<byte[]>(column), reader.GetFieldValue<byte[]>(column + 1), HeaderPacking.Unpack(reader.GetFieldValue<byte[]>(column + 2)));
}
