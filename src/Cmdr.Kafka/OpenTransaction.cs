using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>What somebody has open in a partition, where nobody reads past it.</summary>
/// <param name="Partition">Where.</param>
/// <param name="Stable">The offset up to which the partition is read.</param>
/// <param name="Author">Whose it is: a transactional id.</param>
/// <param name="Position">Where the group stands once it is committed; null where its record does not say, or not so that it can be read.</param>
internal readonly record struct OpenTransaction(Wire.TopicPartition Partition, long Stable, string Author, Wire.TopicPartitionOffset? Position);
