using System.Buffers.Binary;
using System.Reflection;
using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Tells whether a member's metadata names a generation of its group. A member that was expelled has none, and a broker takes positions in a transaction from
/// nobody in particular without a look at who owns what.
/// </summary>
/// <remarks>The library keeps the metadata in a private field: "CGMDv2:", the generation as a 32-bit number of the machine's byte order, then the group and the member's id,
/// each ended by a zero. Source: librdkafka, rd_kafka_consumer_group_metadata_write.</remarks>
internal static class GroupGeneration
{
    private static readonly FieldInfo Serialized =
        typeof(IConsumerGroupMetadata).Assembly.GetType("Confluent.Kafka.ConsumerGroupMetadata")?.GetField("serializedMetadata", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new MissingFieldException("Confluent.Kafka.ConsumerGroupMetadata.serializedMetadata is not where it was; see the pinned version of the package.");

    private static ReadOnlySpan<byte> Magic => "CGMDv2:"u8;

    /// <summary>True when the member is one of a generation.</summary>
    internal static bool IsMember(IConsumerGroupMetadata metadata)
    {
        ReadOnlySpan<byte> bytes = (byte[]?)Serialized.GetValue(metadata);
        if (!bytes.StartsWith(Magic)) throw new NotSupportedException("The library writes its group metadata in another way than the one that is known.");
        bytes = bytes[Magic.Length..];
        var generation = BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt32BigEndian(bytes);
        var member = bytes[sizeof(int)..];
        member = member[(member.IndexOf((byte)0) + 1)..];
        return generation >= 0 && member.Length > 0 && member[0] != 0;
    }
}
