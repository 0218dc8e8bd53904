using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Confluent.Kafka;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>
/// Has a member leave its group behind its back, as though its session had run out: the group's coordinator is told that it leaves, by a request that the client
/// library offers to nobody but the member itself.
/// </summary>
/// <remarks>Source: the Kafka protocol guide, LeaveGroup (key 13) version 3, and for the protocol of KIP-848 ConsumerGroupHeartbeat (key 68) version 0 with the epoch -1.</remarks>
internal static class Expulsion
{
    /// <summary>Expels the member of <paramref name="group"/> that owns <paramref name="partition"/>.</summary>
    internal static async Task Of(IAdminClient admin, string group, TopicPartition partition, CancellationToken cancellationToken)
    {
        var described = await admin.DescribeConsumerGroupsAsync([group], new() { RequestTimeout = TimeSpan.FromSeconds(10) });
        var description = Assert.Single(described.ConsumerGroupDescriptions);
        var wanted = new Confluent.Kafka.TopicPartition(partition.Topic, partition.Partition);
        var member = Assert.Single(description.Members, member => member.Assignment.TopicPartitions.Contains(wanted));
        var isNew = description.GroupType == ConsumerGroupType.Consumer;
        using var client = new TcpClient();
        await client.ConnectAsync(description.Coordinator.Host, description.Coordinator.Port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(isNew ? Heartbeat(group, member.ConsumerId) : LeaveGroup(group, member.ConsumerId), cancellationToken);
        var size = new byte[sizeof(int)];
        await stream.ReadExactlyAsync(size, cancellationToken);
        var response = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await stream.ReadExactlyAsync(response, cancellationToken);
        // After the correlation id, in the newer form a byte for no tagged fields, and the throttle time.
        Assert.Equal(0, BinaryPrimitives.ReadInt16BigEndian(response.AsSpan(isNew ? 9 : 8)));
    }

    private static byte[] LeaveGroup(string group, string member)
    {
        using var request = new Request(key: 13, version: 3);
        request.Text(group);
        request.Number32(1); // members
        request.Text(member);
        request.Number16(-1); // no static id
        return request.ToArray();
    }

    private static byte[] Heartbeat(string group, string member)
    {
        using var request = new Request(key: 68, version: 0);
        request.Byte(0); // no tagged fields in the header
        request.CompactText(group);
        request.CompactText(member);
        request.Number32(-1); // the epoch of a member that leaves
        request.Byte(0); // no static id
        request.Byte(0); // no rack
        request.Number32(-1); // the rebalance timeout stays
        request.Byte(0); // the topics stay
        request.Byte(0); // the assignor stays
        request.Byte(0); // the partitions stay
        request.Byte(0); // no tagged fields
        return request.ToArray();
    }

    private sealed class Request : IDisposable
    {
        private readonly MemoryStream body = new();

        internal Request(short key, short version)
        {
            Number16(key);
            Number16(version);
            Number32(1); // correlation id
            Text("tests");
        }

        internal void Byte(byte value) => body.WriteByte(value);

        internal void Number16(short number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(short)];
            BinaryPrimitives.WriteInt16BigEndian(bytes, number);
            body.Write(bytes);
        }

        internal void Number32(int number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(bytes, number);
            body.Write(bytes);
        }

        internal void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Number16((short)bytes.Length);
            body.Write(bytes);
        }

        /// <summary>A text of less than 127 bytes.</summary>
        internal void CompactText(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Byte((byte)(bytes.Length + 1));
            body.Write(bytes);
        }

        internal byte[] ToArray()
        {
            var request = new byte[sizeof(int) + body.Length];
            BinaryPrimitives.WriteInt32BigEndian(request, (int)body.Length);
            body.ToArray().CopyTo(request, sizeof(int));
            return request;
        }

        public void Dispose() => body.Dispose();
    }
}
