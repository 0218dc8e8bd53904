using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// The generation of its group that a member is of, as its metadata names it. A member that was expelled has none, and a broker takes positions in a transaction
/// from nobody in particular without a look at who owns what.
/// </summary>
/// <param name="Number">Its number, an epoch in the protocol of KIP-848; negative where there is none.</param>
/// <param name="Member">The member's id; empty where there is none.</param>
/// <remarks>The library keeps the metadata in a private field: "CGMDv2:", the generation as a 32-bit number of the machine's byte order, then the group and the member's id,
/// each ended by a zero. Source: librdkafka, rd_kafka_consumer_group_metadata_write.</remarks>
internal readonly record struct GroupGeneration(int Number, string Member)
{
    private static readonly FieldInfo Serialized =
        typeof(IConsumerGroupMetadata).Assembly.GetType("Confluent.Kafka.ConsumerGroupMetadata")?.GetField("serializedMetadata", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new MissingFieldException("Confluent.Kafka.ConsumerGroupMetadata.serializedMetadata is not where it was; see the pinned version of the package.");

    private static ReadOnlySpan<byte> Magic => "CGMDv2:"u8;

    /// <summary>True when there is one.</summary>
    internal bool Exists => Number >= 0 && Member.Length > 0;

    /// <summary>The one that a member is of.</summary>
    internal static GroupGeneration Of(IConsumerGroupMetadata metadata)
    {
        ReadOnlySpan<byte> bytes = (byte[]?)Serialized.GetValue(metadata);
        if (!bytes.StartsWith(Magic)) throw new NotSupportedException("The library writes its group metadata in another way than the one that is known.");
        bytes = bytes[Magic.Length..];
        var number = BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt32BigEndian(bytes);
        var member = bytes[sizeof(int)..];
        member = member[(member.IndexOf((byte)0) + 1)..];
        return new(number, Encoding.UTF8.GetString(member[..member.IndexOf((byte)0)]));
    }

    /// <summary>
    /// True when whoever was of <paramref name="earlier"/> has at most seen one generation come since, and has been a member all the time: what goes from it with
    /// that one goes only when it says so.
    /// </summary>
    internal bool Continues(GroupGeneration earlier) => Exists && Member == earlier.Member && Number - earlier.Number is 0 or 1;
}
