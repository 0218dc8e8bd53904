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
/// <remarks>Source: the Kafka protocol guide, LeaveGroup (key 13) version 3.</remarks>
internal static class Expulsion
{
    private const short LeaveGroup = 13;
    private const short Version = 3;

    /// <summary>Expels the member of <paramref name="group"/> that owns <paramref name="partition"/>.</summary>
    internal static async Task Of(IAdminClient admin, string group, TopicPartition partition, CancellationToken cancellationToken)
    {
        var described = await admin.DescribeConsumerGroupsAsync([group], new() { RequestTimeout = TimeSpan.FromSeconds(10) });
        var description = Assert.Single(described.ConsumerGroupDescriptions);
        var wanted = new Confluent.Kafka.TopicPartition(partition.Topic, partition.Partition);
        var member = Assert.Single(description.Members, member => member.Assignment.TopicPartitions.Contains(wanted));
        using var client = new TcpClient();
        await client.ConnectAsync(description.Coordinator.Host, description.Coordinator.Port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Request(group, member.ConsumerId), cancellationToken);
        var size = new byte[sizeof(int)];
        await stream.ReadExactlyAsync(size, cancellationToken);
        var response = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await stream.ReadExactlyAsync(response, cancellationToken);
        Assert.Equal(0, BinaryPrimitives.ReadInt16BigEndian(response.AsSpan(8))); // after correlation id and throttle time
    }

    private static byte[] Request(string group, string member)
    {
        using var body = new MemoryStream();
        Number16(LeaveGroup);
        Number16(Version);
        Number32(1); // correlation id
        Text("tests");
        Text(group);
        Number32(1); // members
        Text(member);
        Number16(-1); // no static id
        var request = new byte[sizeof(int) + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(request, (int)body.Length);
        body.ToArray().CopyTo(request, sizeof(int));
        return request;

        void Number16(short number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(short)];
            BinaryPrimitives.WriteInt16BigEndian(bytes, number);
            body.Write(bytes);
        }

        void Number32(int number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(bytes, number);
            body.Write(bytes);
        }

        void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Number16((short)bytes.Length);
            body.Write(bytes);
        }
    }
}
