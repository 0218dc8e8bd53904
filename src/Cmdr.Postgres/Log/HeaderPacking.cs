using System.Text;

namespace Cmdr.Postgres;

/// <summary>
/// All headers of a record in one column: each is the name's length, the name in UTF-8, the value's length, the value. A length is seven bits a byte, the lowest
/// first, the eighth bit set on all but the last. The SQL function <c>cmdr_log.headers</c> reads it too.
/// </summary>
internal static class HeaderPacking
{
    private const int Bits = 7;
    private const byte More = 1 << Bits;

    internal static int Size(IReadOnlyList<LogHeader> headers)
    {
        var size = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = (Encoding.UTF8.GetByteCount(headers[i].Name), headers[i].Value.Length);
            size += SizeOf(name) + name + SizeOf(value) + value;
        }

        return size;
    }

    internal static void Pack(IReadOnlyList<LogHeader> headers, Span<byte> packed)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            packed = WriteLength(packed, Encoding.UTF8.GetByteCount(name));
            packed = packed[Encoding.UTF8.GetBytes(name, packed)..];
            packed = WriteLength(packed, value.Length);
            value.Span.CopyTo(packed);
            packed = packed[value.Length..];
        }
    }

    /// <summary>The headers; their values are views of <paramref name="packed"/>.</summary>
    internal static IReadOnlyList<LogHeader> Unpack(ReadOnlyMemory<byte> packed)
    {
        if (packed.IsEmpty) return [];
        var headers = new LogHeader[Count(packed)];
        for (var i = 0; i < headers.Length; i++)
        {
            var name = HeaderNames.Of(Take(ref packed).Span);
            headers[i] = new(name, Take(ref packed));
        }

        return headers;
    }

    private static int Count(ReadOnlyMemory<byte> packed)
    {
        var count = 0;
        for (; !packed.IsEmpty; count++)
        {
            Take(ref packed);
            Take(ref packed);
        }

        return count;
    }

    /// <summary>Takes one name or value, with its length before it.</summary>
    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> packed)
    {
        var bytes = packed.Span;
        var (length, at) = (0, 0);
        for (var shift = 0; ; shift += Bits)
        {
            var next = bytes[at++];
            length |= (next & ~More) << shift;
            if ((next & More) == 0) break;
        }

        var taken = packed.Slice(at, length);
        packed = packed[(at + length)..];
        return taken;
    }

    private static int SizeOf(int length)
    {
        var size = 1;
        for (; length >= More; length >>= Bits) size++;
        return size;
    }

    private static Span<byte> WriteLength(Span<byte> packed, int length)
    {
        var at = 0;
        for (; length >= More; length >>= Bits) packed[at++] = (byte)(length | More);
        packed[at++] = (byte)length;
        return packed[at..];
    }
}
