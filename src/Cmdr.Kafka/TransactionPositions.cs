using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Where a group stands once a transaction is committed, as the first record that it writes to a partition says: <c>commands/3:165 commands/4:12</c>, the next
/// offset of each. So whoever finds a transaction that the brokers have forgotten can tell from the group's positions whether it was committed.
/// </summary>
internal static class TransactionPositions
{
    internal static byte[] Write(IEnumerable<TopicPartitionOffset> positions) =>
        Encoding.UTF8.GetBytes(string.Join(' ', positions.Select(position => string.Create(CultureInfo.InvariantCulture, $"{position.Topic}/{position.Partition.Value}:{position.Offset.Value}"))));

    internal static IReadOnlyList<TopicPartitionOffset> Read(string text) => [.. text.Split(' ').Select(One)];

    private static TopicPartitionOffset One(string text)
    {
        var (slash, colon) = (text.LastIndexOf('/'), text.LastIndexOf(':'));
        return new(text[..slash], int.Parse(text.AsSpan(slash + 1, colon - slash - 1), CultureInfo.InvariantCulture), long.Parse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }
}
