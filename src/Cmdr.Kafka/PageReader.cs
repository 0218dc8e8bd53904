using System.Diagnostics;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Wire = Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>
/// Reads one topic's committed records from a cursor on, page by page, on a thread of its own, since the library's calls block. The ends of transactions take
/// offsets too: where a partition has nothing but these, the cursor passes them without a record.
/// </summary>
internal sealed class PageReader(IConsumer<byte[], byte[]> consumer, Cursor after)
{
    private const int PageRecords = 1000;
    private const int PageBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(2);

    /// <summary>How soon a reader that has caught up hears of offsets without a record: each transaction has some, and each page wakes all followers.</summary>
    private static readonly TimeSpan Pass = TimeSpan.FromMilliseconds(250);

    private readonly long[] next = [.. after.Next];
    private readonly HashSet<int> atEnd = [];
    private readonly List<LoggedRecord> records = [];
    private long told = Stopwatch.GetTimestamp();
    private int bytes;
    private bool hasPassed;
    private bool hasCaughtUp;

    internal void Assign() => consumer.Assign(next.Select((offset, partition) => new TopicPartitionOffset(new Wire.TopicPartition(after.Topic, partition), offset)));

    /// <summary>The next page; null when the reader was cancelled first.</summary>
    internal LogPage? Next(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Gather();
            if (records.Count > 0 || IsToTell()) return Page();
        }

        return null;
    }

    private void Gather()
    {
        for (var wait = Look; records.Count < PageRecords && bytes < PageBytes; wait = TimeSpan.Zero)
        {
            if (consumer.Consume(wait) is not { } result) return;
            var (partition, following) = (result.Partition.Value, WireRecord.After(result));
            if (WireRecord.Read(result) is { } record)
            {
                records.Add(record);
                bytes += record.Record.Bytes;
            }
            else
            {
                hasPassed |= following > next[partition];
                if (result.IsPartitionEOF) atEnd.Add(partition);
            }

            next[partition] = Math.Max(next[partition], following);
        }
    }

    private bool IsToTell()
    {
        var silence = Stopwatch.GetElapsedTime(told);
        if (!hasCaughtUp) return atEnd.Count == next.Length || hasPassed || silence >= Progress;
        return silence >= Progress || (hasPassed && silence >= Pass);
    }

    private LogPage Page()
    {
        var page = new LogPage([.. records], after with { Next = ImmutableCollectionsMarshal.AsImmutableArray(next.ToArray()) });
        hasCaughtUp |= records.Count == 0 && atEnd.Count == next.Length;
        records.Clear();
        (bytes, hasPassed, told) = (0, false, Stopwatch.GetTimestamp());
        return page;
    }
}
