namespace Cmdr.Projections.Tests;

/// <summary>Cuts slices from a log.</summary>
internal static class Slices
{
    public static IEnumerable<TopicPartition> All(int partitions) =>
        new[] { Topics.Commands, Topics.Events }.SelectMany(topic => Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition)));

    /// <summary>What is on the log of the given partitions from the given offsets on.</summary>
    public static async Task<Slice> Since(ILog log, IReadOnlyDictionary<TopicPartition, long> start)
    {
        var records = new List<LoggedRecord>();
        var positions = new Dictionary<TopicPartition, long>();
        foreach (var topic in new[] { Topics.Commands, Topics.Events })
        {
            var end = await log.EndOf(topic, CancellationToken.None);
            foreach (var (partition, from) in start.Where(x => x.Key.Topic == topic))
            {
                var until = end.Next[partition.Partition];
                var wanted = Enumerable.Range((int)from, (int)(until - from)).Select(offset => new Position(topic, partition.Partition, offset)).ToList();
                records.AddRange((await log.ReadAt(wanted, CancellationToken.None)).OfType<LoggedRecord>());
                positions[partition] = until;
            }
        }

        return new(records, positions, []) { TakesOutputs = false };
    }
}
