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

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new(hash[..16], bigEndian: true);
    }
}
