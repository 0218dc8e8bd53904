using System.Buffers.Binary;

namespace Cmdr;

/// <summary>Which partition a key belongs to: the rule of Apache Kafka's Java client, on every log.</summary>
/// <remarks>Source: <c>org.apache.kafka.common.utils.Utils.murmur2</c> and <c>BuiltInPartitioner.partitionForKey</c>.</remarks>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint M = 0x5bd1e995;
    private const int R = 24;

    /// <summary>The partition, 0 to <paramref name="partitions"/> - 1, of a record with this key.</summary>
    public static int Partition(ReadOnlySpan<byte> key, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitions);
        return (int)(Hash(key) & 0x7fffffff) % partitions;
    }

    /// <summary>The 32-bit murmur2 hash with the seed that Kafka uses.</summary>
    public static uint Hash(ReadOnlySpan<byte> data)
    {
        unchecked
        {
            var hash = Seed ^ (uint)data.Length;
            while (data.Length >= 4)
            {
                var k = BinaryPrimitives.ReadUInt32LittleEndian(data) * M;
                k = (k ^ (k >> R)) * M;
                hash = (hash * M) ^ k;
                data = data[4..];
            }

            if (data.Length >= 3) hash ^= (uint)data[2] << 16;
            if (data.Length >= 2) hash ^= (uint)data[1] << 8;
            if (data.Length >= 1) hash = (hash ^ data[0]) * M;

            hash = (hash ^ (hash >> 13)) * M;
            return hash ^ (hash >> 15);
        }
    }
}
