using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>Reads the records at given positions, partition after partition, each from its lowest offset on as long as the next one wanted is near.</summary>
internal sealed class PositionReader(ReaderPool pool, LogTopics topics, AdminCalls admin, KafkaSettings settings)
{
    /// <summary>Reading over so many records costs less than a new request.</summary>
    private const int Near = 200;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    internal async Task<IReadOnlyList<LoggedRecord?>> ReadAt(LogDescription log, IReadOnlyList<Position> positions, CancellationToken cancellationToken)
    {
        var wanted = new Dictionary<TopicPartition, SortedSet<long>>();
        foreach (var topic in positions.GroupBy(position => position.Topic))
        {
            if (!await topics.Has(topic.Key, cancellationToken).ConfigureAwait(false)) continue;
            var ends = await admin.Ends(topic.Key, log.Partitions, IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            foreach (var position in topic.Where(position => position.Partition >= 0 && position.Partition < ends.Length && position.Offset >= 0 && position.Offset < ends[position.Partition]))
            {
                if (!wanted.TryGetValue(position.TopicPartition, out var offsets)) wanted.Add(position.TopicPartition, offsets = []);
                offsets.Add(position.Offset);
            }
        }

        var found = wanted.Count == 0
            ? []
            : await Task.Factory.StartNew(() => Find(wanted, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        return [.. positions.Select(position => found.GetValueOrDefault(position))];
    }

    private Dictionary<Position, LoggedRecord> Find(Dictionary<TopicPartition, SortedSet<long>> wanted, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Position, LoggedRecord>();
        var consumer = pool.Rent();
        var isWell = false;
        try
        {
            foreach (var (partition, offsets) in wanted)
            {
                while (offsets.Count > 0) Find(consumer, partition, offsets, found, cancellationToken);
            }

            isWell = true;
            return found;
        }
        catch (ConsumeException exception)
        {
            throw new LogException(KafkaFault.Explain(exception.Error, "reading records at positions", settings), exception);
        }
        finally
        {
            pool.Return(consumer, isWell);
        }
    }

    /// <summary>Reads from the lowest of <paramref name="offsets"/> on, and takes away those of which it is known whether there is a record.</summary>
    private void Find(
        IConsumer<byte[], byte[]> consumer, TopicPartition partition, SortedSet<long> offsets, Dictionary<Position, LoggedRecord> found, CancellationToken cancellationToken)
    {
        consumer.Assign(new TopicPartitionOffset(WireRecord.Partition(partition), offsets.Min));
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var reached = offsets.Min; offsets.Count > 0 && offsets.Min - reached < Near;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (consumer.Consume(Wait) is not { } result)
            {
                if (System.Diagnostics.Stopwatch.GetElapsedTime(began) < Patience) continue;
                throw new LogException($"The brokers at {settings.BootstrapServers} gave no record of {partition} in {Patience.TotalSeconds} s; ask again.");
            }

            reached = result.Offset.Value;
            if (offsets.Contains(reached) && WireRecord.Read(result) is { } record) found.Add(record.Position, record);
            // What lies between two records that follow each other is the end of a transaction, or a record of one that was aborted.
            offsets.RemoveWhere(offset => offset < WireRecord.After(result));
        }
    }
}
