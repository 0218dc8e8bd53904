using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Numerics;
using System.Text;

namespace Cmdr.Kafka.Tests;

/// <summary>
/// A record of a transaction that no coordinator knows of: written by Kafka's protocol itself, since no library would. So a partition stands after a broker crashed
/// and forgot what it had decided. The broker must take it (<c>transaction.partition.verification.enable</c> is false).
/// </summary>
/// <remarks>Source: the Kafka protocol guide, on InitProducerId (22, version 1), Produce (0, version 3) and the record batch of magic 2.</remarks>
internal static class ForgottenTransaction
{
    private const short Produce = 0, InitProducerId = 22;
    private const short InvalidTransactionState = 48;

    /// <param name="bootstrapServers">One broker, which leads the partition and coordinates the transactional id.</param>
    /// <param name="author">The transactional id, known to the broker.</param>
    /// <param name="topic">The record goes to its partition 0.</param>
    /// <param name="value">The record's value.</param>
    /// <param name="position">Where the group stands once it is committed, as its header says; null: it does not say.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>False: nothing is written, the broker still verifies.</returns>
    public static async Task<bool> TryLeave(string bootstrapServers, string author, string topic, string value, string? position, CancellationToken stop)
    {
        using var connection = new TcpClient();
        var at = bootstrapServers.LastIndexOf(':');
        await connection.ConnectAsync(bootstrapServers[..at], int.Parse(bootstrapServers[(at + 1)..], System.Globalization.CultureInfo.InvariantCulture), stop);
        var stream = connection.GetStream();

        var opened = await Ask(stream, InitProducerId, 1, new Bytes().String(author).Int32(60_000), stop);
        Demand(BinaryPrimitives.ReadInt16BigEndian(opened.AsSpan(4)), "InitProducerId"); // behind the throttle's 4 bytes
        var (producer, epoch) = (BinaryPrimitives.ReadInt64BigEndian(opened.AsSpan(6)), BinaryPrimitives.ReadInt16BigEndian(opened.AsSpan(14)));

        List<(string, string)> headers = [(WireRecord.TransactionHeader, author)];
        if (position is not null) headers.Insert(0, (WireRecord.PositionHeader, position));
        var batch = Batch(producer, epoch, value, headers);
        var written = await Ask(stream, Produce, 3, new Bytes().String(author).Int16(-1).Int32(10_000).Int32(1).String(topic).Int32(1).Int32(0).Int32(batch.Length).Raw(batch), stop);
        var error = BinaryPrimitives.ReadInt16BigEndian(written.AsSpan(4 + 2 + Encoding.UTF8.GetByteCount(topic) + 4 + 4)); // of the only partition of the only topic
        if (error == InvalidTransactionState) return false;
        Demand(error, "Produce");
        return true;
    }

    private static async Task<byte[]> Ask(NetworkStream stream, short what, short version, Bytes body, CancellationToken stop)
    {
        var request = new Bytes().Int16(what).Int16(version).Int32(1).String("forgets").Raw(body.All).All;
        await stream.WriteAsync(new Bytes().Int32(request.Length).Raw(request).All, stop);
        var length = new byte[4];
        await stream.ReadExactlyAsync(length, stop);
        var answer = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await stream.ReadExactlyAsync(answer, stop);
        return answer[4..]; // behind the correlation id
    }

    /// <summary>One record without a key.</summary>
    private static byte[] Batch(long producer, short epoch, string value, List<(string Name, string Value)> headers)
    {
        const short IsTransactional = 0x10;
        var fields = new Bytes().Int8(0).Varint(0).Varint(0).Varint(-1).Text(value).Varint(headers.Count);
        foreach (var header in headers) fields.Text(header.Name).Text(header.Value);
        var record = fields.All;
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var summed = new Bytes().Int16(IsTransactional).Int32(0).Int64(now).Int64(now).Int64(producer).Int16(epoch).Int32(0).Int32(1).Varint(record.Length).Raw(record).All;
        return new Bytes().Int64(0).Int32(4 + 1 + 4 + summed.Length).Int32(-1).Int8(2).Int32((int)Crc32C(summed)).Raw(summed).All;
    }

    private static uint Crc32C(byte[] bytes) => ~bytes.Aggregate(uint.MaxValue, BitOperations.Crc32C);

    private static void Demand(short error, string what)
    {
        if (error != 0) throw new InvalidOperationException($"{what} was answered with error {error}.");
    }

    /// <summary>Numbers as the protocol has them, most significant byte first.</summary>
    private sealed class Bytes
    {
        private readonly ArrayBufferWriter<byte> bytes = new();

        public byte[] All => bytes.WrittenSpan.ToArray();

        public Bytes Int8(byte value) => Raw([value]);

        public Bytes Int16(short value) => Raw([(byte)(value >> 8), (byte)value]);

        public Bytes Int32(int value) => Int16((short)(value >> 16)).Int16((short)value);

        public Bytes Int64(long value) => Int32((int)(value >> 32)).Int32((int)value);

        public Bytes String(string value) => Int16((short)Encoding.UTF8.GetByteCount(value)).Raw(Encoding.UTF8.GetBytes(value));

        public Bytes Text(string value) => Varint(Encoding.UTF8.GetByteCount(value)).Raw(Encoding.UTF8.GetBytes(value));

        /// <summary>Zigzag, seven bits a byte, the least significant first.</summary>
        public Bytes Varint(int value)
        {
            var rest = (uint)((value << 1) ^ (value >> 31));
            for (; rest >= 0x80; rest >>= 7) Int8((byte)(rest | 0x80));
            return Int8((byte)rest);
        }

        public Bytes Raw(ReadOnlySpan<byte> value)
        {
            bytes.Write(value);
            return this;
        }
    }
}
