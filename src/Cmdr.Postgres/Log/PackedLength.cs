namespace Cmdr.Postgres;

/// <summary>A length as packed records have it: seven bits a byte, the lowest first, the eighth bit set on all but the last.</summary>
internal static class PackedLength
{
    private const int Bits = 7;
    private const byte More = 1 << Bits;

    /// <summary>The bytes that a length takes, and those it is the length of.</summary>
    internal static int SizeWith(int length)
    {
        var size = 1 + length;
        for (var rest = length; rest >= More; rest >>= Bits) size++;
        return size;
    }

    /// <summary>Writes a length; returns what is left.</summary>
    internal static Span<byte> Write(Span<byte> packed, int length)
    {
        var at = 0;
        for (; length >= More; length >>= Bits) packed[at++] = (byte)(length | More);
        packed[at++] = (byte)length;
        return packed[at..];
    }

    /// <summary>Writes bytes with their length before them; returns what is left.</summary>
    internal static Span<byte> Write(Span<byte> packed, ReadOnlySpan<byte> bytes)
    {
        packed = Write(packed, bytes.Length);
        bytes.CopyTo(packed);
        return packed[bytes.Length..];
    }

    /// <summary>Reads a length, and moves past it.</summary>
    internal static int Read(ReadOnlySpan<byte> packed, ref int at)
    {
        var length = 0;
        for (var shift = 0; ; shift += Bits)
        {
            var next = packed[at++];
            length |= (next & ~More) << shift;
            if ((next & More) == 0) return length;
        }
    }

    /// <summary>Reads bytes that have their length before them, and moves past both.</summary>
    internal static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> packed, ref int at)
    {
        var length = Read(packed.Span, ref at);
        var taken = packed.Slice(at, length);
        at += length;
        return taken;
    }
}
