using System.Buffers.Binary;
using System.Text;

namespace Cmdr.Postgres;

/// <summary>
/// All headers of a record in one column: each is the name's length in two bytes, the name in UTF-8, the value's length in four bytes, the value; big-endian.
/// The SQL function <c>cmdr_log.headers</c> reads it too.
/// </summary>
internal static class HeaderPacking
{
    private const int NameLength = sizeof(ushort);
    private const int ValueLength = sizeof(int);

    internal static int Size(IReadOnlyList<LogHeader> headers)
    {
        var size = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            size += NameLength + Encoding.UTF8.GetByteCount(headers[i].Name) + ValueLength + headers[i].Value.Length;
        }

        return size;
    }

    internal static void Pack(IReadOnlyList<LogHeader> headers, Span<byte> packed)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            var length = Encoding.UTF8.GetBytes(name, packed[NameLength..]);
            BinaryPrimitives.WriteUInt16BigEndian(packed, checked((ushort)length));
            packed = packed[(NameLength + length)..];
            BinaryPrimitives.WriteInt32BigEndian(packed, value.Length);
            value.Span.CopyTo(packed[ValueLength..]);
            packed = packed[(ValueLength + value.Length)..];
        }
    }

    /// <summary>The headers; their values are views of <paramref name="packed"/>.</summary>
    internal static IReadOnlyList<LogHeader> Unpack(ReadOnlyMemory<byte> packed)
    {
        if (packed.IsEmpty) return [];
        var headers = new LogHeader[Count(packed.Span)];
        for (var i = 0; i < headers.Length; i++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(packed.Span);
            var name = HeaderNames.Of(packed.Span.Slice(NameLength, length));
            packed = packed[(NameLength + length)..];
            var size = BinaryPrimitives.ReadInt32BigEndian(packed.Span);
            headers[i] = new(name, packed.Slice(ValueLength, size));
            packed = packed[(ValueLength + size)..];
        }

        return headers;
    }

    private static int Count(ReadOnlySpan<byte> packed)
    {
        var count = 0;
        for (; !packed.IsEmpty; count++)
        {
            packed = packed[(NameLength + BinaryPrimitives.ReadUInt16BigEndian(packed))..];
            packed = packed[(ValueLength + BinaryPrimitives.ReadInt32BigEndian(packed))..];
        }

        return count;
    }
}
