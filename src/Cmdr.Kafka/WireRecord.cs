using System.Runtime.InteropServices;
using Confluent.Kafka;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>A record as the library has it, and back.</summary>
internal static class WireRecord
{
    /// <summary>Names the author of the transaction that a record is part of; it is the log's own, and no reader of the log sees it.</summary>
    internal const string TransactionHeader = "cmdr-txid";

    /// <summary>Says where the group stands once the transaction is committed (<see cref="TransactionPosition"/>): on the first record of a transaction in a partition.</summary>
    internal const string PositionHeader = "cmdr-txposition";

    /// <summary>Is on a record that is nothing but a part of the log's own transaction, and which no reader of the log sees.</summary>
    private const string EndHeader = "cmdr-txend";

    /// <summary>A record for the sake of its transaction: a partition that has one takes the transaction's end.</summary>
    internal static Message<byte[], byte[]> End(byte[] transaction) => new() { Headers = new() { { EndHeader, [] }, { TransactionHeader, transaction } } };

    /// <param name="record">The record.</param>
    /// <param name="transaction">The author of its transaction; null where there is none.</param>
    /// <param name="position">Where the group stands after it, on the first of a transaction in its partition; null where it is not said.</param>
    internal static Message<byte[], byte[]> Of(LogRecord record, byte[]? transaction = null, byte[]? position = null)
    {
        var headers = new Headers();
        for (var i = 0; i < record.Headers.Count; i++) headers.Add(record.Headers[i].Name, Bytes(record.Headers[i].Value));
        if (position is not null) headers.Add(PositionHeader, position);
        if (transaction is not null) headers.Add(TransactionHeader, transaction);
        return new() { Key = Bytes(record.Key), Value = Bytes(record.Value), Headers = headers };
    }

    /// <summary>Where to read on after what was consumed.</summary>
    internal static long After(ConsumeResult<byte[], byte[]> result) => result.IsPartitionEOF ? result.Offset.Value : result.Offset.Value + 1;

    /// <summary>What was consumed, as readers of the log have it; null where there is no record for them: the end of a partition, or of a transaction.</summary>
    internal static LoggedRecord? Read(ConsumeResult<byte[], byte[]> result)
    {
        if (result.IsPartitionEOF || IsEnd(result.Message)) return null;
        var message = result.Message;
        var wire = message.Headers.BackingList;
        var count = wire.Count;
        if (count > 0 && wire[count - 1].Key == TransactionHeader) count--;
        if (count > 0 && count < wire.Count && wire[count - 1].Key == PositionHeader) count--;
        var headers = count == 0 ? [] : new LogHeader[count];
        for (var i = 0; i < count; i++) headers[i] = new(wire[i].Key, wire[i].GetValueBytes());
        // Another client may write no key or no value, and its record is a record all the same.
        return new(new(result.Topic, result.Partition.Value, result.Offset.Value), new(message.Key ?? [], message.Value ?? [], headers));
    }

    internal static Wire.TopicPartition Partition(TopicPartition partition) => new(partition.Topic, partition.Partition);

    internal static TopicPartition Partition(Wire.TopicPartition partition) => new(partition.Topic, partition.Partition.Value);

    private static bool IsEnd(Message<byte[], byte[]> message) => message is { Key: null or { Length: 0 }, Value: null or { Length: 0 } } && message.Headers.TryGetLastBytes(EndHeader, out _);

    private static byte[] Bytes(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : memory.ToArray(); // an array, or false
}
