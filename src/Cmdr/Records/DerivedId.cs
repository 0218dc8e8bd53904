using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Cmdr;

/// <summary>Ids that follow from what they identify, so that deciding again gives the same ids.</summary>
/// <remarks>Source: RFC 9562, section 5.8 (version 8: a UUID of an application's own making), over SHA-256.</remarks>
public static class DerivedId
{
    /// <summary>The id of the <paramref name="ordinal"/>th record, from 0, that answers a command.</summary>
    /// <param name="subject">The command's subject.</param>
    /// <param name="commandId">The command's id.</param>
    /// <param name="commandOffset">The offset of the command in its partition: a repeat is another command record with records of its own.</param>
    /// <param name="ordinal">Counts on over all records that answer the command.</param>
    public static Guid Of(Subject subject, Guid commandId, long commandOffset, int ordinal)
    {
        var key = subject.ToString();
        var length = Encoding.UTF8.GetByteCount(key);
        Span<byte> input = length <= 512 ? stackalloc byte[length + 28] : new byte[length + 28];
        commandId.TryWriteBytes(input, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(input[16..], commandOffset);
        BinaryPrimitives.WriteInt32BigEndian(input[24..], ordinal);
        Encoding.UTF8.GetBytes(key, input[28..]);

        return Version8(input);
    }

    /// <summary>The id of the <paramref name="ordinal"/>th command, from 0, that a consumer of an event submits because of it.</summary>
    /// <param name="eventId">The event's id.</param>
    /// <param name="consumer">The consumer's name, such as a processor's group.</param>
    /// <param name="ordinal">Counts the commands that follow from the event.</param>
    public static Guid Of(Guid eventId, string consumer, int ordinal)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        // Begins otherwise than what answers a command, so that no text makes the two alike.
        var input = new byte[8 + 16 + 4 + Encoding.UTF8.GetByteCount(consumer)];
        "follows:"u8.CopyTo(input);
        eventId.TryWriteBytes(input.AsSpan(8), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(input.AsSpan(24), ordinal);
        Encoding.UTF8.GetBytes(consumer, input.AsSpan(28));
        return Version8(input);
    }

    private static Guid Version8(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new(hash[..16], bigEndian: true);
    }
}
