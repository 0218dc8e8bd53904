using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Where a group stands in one partition once a transaction is committed, as the first record says that it writes to a partition: <c>commands/3:165</c>, the next
/// offset. All positions of a transaction are committed or none, so whoever finds one that the brokers have forgotten can tell by this one whether it was.
/// </summary>
internal static class TransactionPosition
{
    internal static byte[] Write(TopicPartitionOffset position) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{position.Topic}/{position.Partition.Value}:{position.Offset.Value}"));

    internal static TopicPartitionOffset Read(string text)
    {
        var (slash, colon) = (text.LastIndexOf('/'), text.LastIndexOf(':'));
        return new(text[..slash], int.Parse(text.AsSpan(slash + 1, colon - slash - 1), CultureInfo.InvariantCulture), long.Parse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }
}
