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

    /// <summary>The position; null when it is none, for anyone may write a record.</summary>
    internal static TopicPartitionOffset? Read(byte[] header)
    {
        var text = Encoding.UTF8.GetString(header);
        var (slash, colon) = (text.LastIndexOf('/'), text.LastIndexOf(':'));
        return slash > 0 && colon > slash
            && int.TryParse(text.AsSpan(slash + 1, colon - slash - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            && long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? new(text[..slash], partition, offset)
            : null;
    }
}
