namespace Cmdr.Postgres;

/// <summary>Records one after another: key, value and packed headers, the length of each before it. The SQL function <c>cmdr_log.records</c> reads it too.</summary>
internal static class RecordPacking
{
    /// <summary>The most bytes of several records packed together: with them a row fills a page of 8 KiB, and is kept in it as it is.</summary>
    internal const int MostBytes = 8100;

    /// <summary>The most records packed together, so that a reader knows how far before or behind an offset its batch may reach.</summary>
    internal const int MostRecords = 64;

    internal static int Size(LogRecord record) =>
        PackedLength.SizeWith(record.Key.Length) + PackedLength.SizeWith(record.Value.Length) + PackedLength.SizeWith(HeaderPacking.Size(record.Headers));

    /// <summary>Packs a record; returns what is left.</summary>
    internal static Span<byte> Pack(LogRecord record, Span<byte> packed)
    {
        packed = PackedLength.Write(packed, record.Key.Span);
        packed = PackedLength.Write(packed, record.Value.Span);
        packed = PackedLength.Write(packed, HeaderPacking.Size(record.Headers));
        return HeaderPacking.Pack(record.Headers, packed);
    }

    /// <summary>Reads the record at <paramref name="at"/>, and moves past it; what it holds are views of <paramref name="packed"/>.</summary>
    internal static LogRecord Take(ReadOnlyMemory<byte> packed, ref int at) =>
        new(PackedLength.Take(packed, ref at), PackedLength.Take(packed, ref at), HeaderPacking.Unpack(PackedLength.Take(packed, ref at)));

    /// <summary>Moves past the record at <paramref name="at"/>.</summary>
    internal static void Skip(ReadOnlySpan<byte> packed, ref int at)
    {
        for (var field = 0; field < 3; field++)
        {
            var length = PackedLength.Read(packed, ref at);
            at += length;
        }
    }
}
