using Npgsql;

namespace Cmdr.Postgres;

/// <summary>A partition to read, from an offset on.</summary>
internal readonly record struct ReadLane(short TopicId, TopicPartition Partition, long Next);

/// <summary>Reads consecutive records of several partitions in one statement, which is its own transaction.</summary>
internal static class LaneReader
{
    /// <summary>Lane by lane, up to so many records and bytes; one record may exceed the bytes.</summary>
    internal static async Task<List<LoggedRecord>> Read(
        NpgsqlDataSource source, IReadOnlyList<ReadLane> lanes, int maxRecords, int maxBytes, CancellationToken cancellationToken)
    {
        var rows = await Query.Rows(source, Sql.Read, Bind, Row, cancellationToken).ConfigureAwait(false);
        return new Unpacking(lanes, maxRecords, maxBytes).Records(rows);

        void Bind(NpgsqlParameterCollection parameters) => parameters
            .With(lanes.Select(lane => lane.TopicId).ToArray())
            .With(lanes.Select(lane => lane.Partition.Partition).ToArray())
            .With(lanes.Select(lane => lane.Next).ToArray())
            .With(maxRecords)
            .With((long)maxBytes)
            .With(RecordPacking.MostRecords);

        static (int Lane, PackedRow Row) Row(NpgsqlDataReader reader) => ((int)reader.GetInt64(0) - 1, PackedRow.Of(reader));
    }

    /// <summary>The records of rows that were asked for, without what lies before or behind.</summary>
    private sealed class Unpacking(IReadOnlyList<ReadLane> lanes, int maxRecords, int maxBytes)
    {
        private readonly List<LoggedRecord> records = [];
        private int bytes;

        internal List<LoggedRecord> Records(List<(int Lane, PackedRow Row)> rows)
        {
            var (last, next) = (-1, 0L);
            foreach (var (lane, row) in rows)
            {
                if (lane != last) (last, next) = (lane, lanes[lane].Next);
                var partition = lanes[lane].Partition;
                if (row.LastOffset < next) throw new LogException($"{partition} was read out of order: {row.LastOffset} where {next} or more was due.");
                if (!TryTake(partition, row, next)) break;
                next = row.LastOffset + 1;
            }

            return records;
        }

        /// <summary>False when there is no room for all records of the row.</summary>
        private bool TryTake(TopicPartition partition, PackedRow row, long next)
        {
            var at = 0;
            for (var offset = row.FirstOffset; offset <= row.LastOffset; offset++)
            {
                if (offset < next)
                {
                    RecordPacking.Skip(row.Payload, ref at);
                    continue;
                }

                var record = RecordPacking.Take(row.Payload, ref at);
                bytes += record.Bytes;
                if (records.Count >= maxRecords || (records.Count > 0 && bytes > maxBytes)) return false;
                records.Add(new(new(partition.Topic, partition.Partition, offset), record));
            }

            return true;
        }
    }
}
