using System.Text;

namespace Cmdr.Postgres;

/// <summary>
/// All headers of a record in a row: each is the name's length, the name in UTF-8, the value's length, the value. In place of a known name stands a zero and
/// its number. The SQL function <c>cmdr_log.headers</c> reads it too.
/// </summary>
internal static class HeaderPacking
{
    private const int NumberedSize = 2;

    internal static int Size(IReadOnlyList<LogHeader> headers)
    {
        var size = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            size += HeaderNames.TryNumber(name, out _) ? NumberedSize : PackedLength.SizeWith(Encoding.UTF8.GetByteCount(name));
            size += PackedLength.SizeWith(value.Length);
        }

        return size;
    }

    /// <summary>Packs headers; returns what is left.</summary>
    internal static Span<byte> Pack(IReadOnlyList<LogHeader> headers, Span<byte> packed)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            if (HeaderNames.TryNumber(name, out var number))
            {
                (packed[0], packed[1]) = (0, number);
                packed = packed[NumberedSize..];
            }
            else
            {
                packed = PackedLength.Write(packed, Encoding.UTF8.GetByteCount(name));
                packed = packed[Encoding.UTF8.GetBytes(name, packed)..];
            }

            packed = PackedLength.Write(packed, value.Span);
        }

        return packed;
    }

    /// <summary>The headers; their values are views of <paramref name="packed"/>.</summary>
    internal static IReadOnlyList<LogHeader> Unpack(ReadOnlyMemory<byte> packed)
    {
        if (packed.IsEmpty) return [];
        var headers = new LogHeader[Count(packed.Span)];
        for (int i = 0, at = 0; i < headers.Length; i++) headers[i] = new(Name(packed.Span, ref at), PackedLength.Take(packed, ref at));
        return headers;
    }

    private static int Count(ReadOnlySpan<byte> packed)
    {
        var count = 0;
        for (var at = 0; at < packed.Length; count++)
        {
            var name = PackedLength.Read(packed, ref at);
            at += name == 0 ? 1 : name;
            var value = PackedLength.Read(packed, ref at);
            at += value;
        }

        return count;
    }

    private static string Name(ReadOnlySpan<byte> packed, ref int at)
    {
        var length = PackedLength.Read(packed, ref at);
        if (length == 0) return HeaderNames.Of(packed[at++]);
        var name = HeaderNames.Of(packed.Slice(at, length));
        at += length;
        return name;
    }
}
