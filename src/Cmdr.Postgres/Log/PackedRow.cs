using Npgsql;

namespace Cmdr.Postgres;

/// <summary>A row of <c>cmdr_log.batch</c>: consecutive records of one partition.</summary>
internal readonly record struct PackedRow(long LastOffset, int Count, byte[] Payload)
{
    internal long FirstOffset => LastOffset - Count + 1;

    /// <summary>The row in the columns from 1 on: last offset, count, payload.</summary>
    internal static PackedRow Of(NpgsqlDataReader reader) => new(reader.GetInt64(1), reader.GetInt32(2), reader.GetFieldValue<byte[]>(3));

    internal LogRecord RecordAt(long offset)
    {
        var at = 0;
        for (var before = FirstOffset; before < offset; before++) RecordPacking.Skip(Payload, ref at);
        return RecordPacking.Take(Payload, ref at);
    }
}
