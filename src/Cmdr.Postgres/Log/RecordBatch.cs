using System.Buffers;
using System.Runtime.InteropServices;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>
/// Records as the columns of one statement. A lane is a partition of a topic that gets some of them; those of a lane are packed, a page at a time.
/// </summary>
internal sealed class RecordBatch : IDisposable
{
    /// <summary>The most bytes of records in one statement: PostgreSQL takes messages up to 1 GiB.</summary>
    internal const long MostBytes = 256 * 1024 * 1024;

    private readonly Dictionary<(short Topic, int Partition), int> laneNumbers = [];
    private readonly List<Lane> lanes = [];
    private readonly List<(int Lane, int Ordinal)> places = [];
    private readonly List<int> laneOfRow = [], lastOfRow = [], countOfRow = [];
    private readonly List<ReadOnlyMemory<byte>> payloads = [];
    private byte[] packed = [];

    internal int Count => places.Count;

    /// <summary>Of all records, packed.</summary>
    internal long Bytes { get; private set; }

    internal void Add(short topicId, string topic, int partition, LogRecord record)
    {
        ref var lane = ref CollectionsMarshal.GetValueRefOrAddDefault(laneNumbers, (topicId, partition), out var isKnown);
        if (!isKnown)
        {
            lane = lanes.Count;
            lanes.Add(new(topicId, topic, partition));
        }

        var records = lanes[lane].Records;
        var size = RecordPacking.Size(record);
        places.Add((lane, records.Count));
        records.Add((record, size));
        Bytes += size;
    }

    /// <summary>The parameters of lanes and packed records, in the order in which the statements number them.</summary>
    internal void AddTo(NpgsqlParameterCollection parameters)
    {
        if (payloads.Count == 0 && places.Count > 0) Pack();
        parameters.With(lanes.Select(lane => lane.TopicId).ToArray())
            .With(lanes.Select(lane => lane.Partition).ToArray())
            .With(lanes.Select(lane => lane.Records.Count).ToArray())
            .With(laneOfRow.ToArray())
            .With(lastOfRow.ToArray())
            .With(countOfRow.ToArray())
            .With(payloads.ToArray());
    }

    /// <summary>Where a record is, given the first offset of each lane.</summary>
    internal Position PositionOf(int index, long[] bases)
    {
        var (lane, ordinal) = places[index];
        return new(lanes[lane].Topic, lanes[lane].Partition, bases[lane] + ordinal);
    }

    /// <summary>The topics that get records.</summary>
    internal IEnumerable<short> TopicIds => lanes.Select(lane => lane.TopicId).Distinct();

    public void Dispose() => ArrayPool<byte>.Shared.Return(Interlocked.Exchange(ref packed, []));

    private void Pack()
    {
        packed = ArrayPool<byte>.Shared.Rent(checked((int)Bytes));
        var at = 0;
        for (var lane = 0; lane < lanes.Count; lane++)
        {
            var records = lanes[lane].Records;
            for (int first = 0, next; first < records.Count; first = next)
            {
                next = EndOfRow(records, first, out var size);
                var row = packed.AsSpan(at, size);
                for (var i = first; i < next; i++) row = RecordPacking.Pack(records[i].Record, row);
                laneOfRow.Add(lane + 1); // arrays of SQL count from 1
                lastOfRow.Add(next - 1);
                countOfRow.Add(next - first);
                payloads.Add(packed.AsMemory(at, size));
                at += size;
            }
        }
    }

    /// <summary>How far a row reaches that begins with a record, which alone may be larger than a page.</summary>
    private static int EndOfRow(List<(LogRecord Record, int Size)> records, int first, out int size)
    {
        size = records[first].Size;
        var next = first + 1;
        for (; next < records.Count && next - first < RecordPacking.MostRecords && size + records[next].Size <= RecordPacking.MostBytes; next++) size += records[next].Size;
        return next;
    }

    private sealed class Lane(short topicId, string topic, int partition)
    {
        public short TopicId { get; } = topicId;

        public string Topic { get; } = topic;

        public int Partition { get; } = partition;

        public List<(LogRecord Record, int Size)> Records { get; } = [];
    }
}
