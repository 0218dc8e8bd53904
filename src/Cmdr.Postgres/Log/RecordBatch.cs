using System.Buffers;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>Records as the columns of one statement. A lane is a partition of a topic that gets some of them.</summary>
internal sealed class RecordBatch : IDisposable
{
    private readonly Dictionary<(short Topic, int Partition), int> laneNumbers = [];
    private readonly List<Lane> lanes = [];
    private readonly List<(int Lane, int Ordinal, LogRecord Record)> records = [];
    private byte[] packed = [];

    internal int Count => records.Count;

    internal void Add(short topicId, string topic, int partition, LogRecord record)
    {
        if (!laneNumbers.TryGetValue((topicId, partition), out var lane))
        {
            laneNumbers.Add((topicId, partition), lane = lanes.Count);
            lanes.Add(new(topicId, topic, partition));
        }

        records.Add((lane, lanes[lane].Count++, record));
    }

    /// <summary>The parameters of lanes and records, in the order in which the statements number them.</summary>
    internal void AddTo(NpgsqlParameterCollection parameters)
    {
        Add(parameters, lanes, lane => lane.TopicId);
        Add(parameters, lanes, lane => lane.Partition);
        Add(parameters, lanes, lane => lane.Count);
        Add(parameters, records, record => record.Lane + 1); // arrays of SQL count from 1
        Add(parameters, records, record => record.Ordinal);
        Add(parameters, records, record => record.Record.Key);
        Add(parameters, records, record => record.Record.Value);
        parameters.With(PackHeaders());
    }

    /// <summary>Where a record is, given the first offset of each lane.</summary>
    internal Position PositionOf(int index, long[] bases)
    {
        var (lane, ordinal, _) = records[index];
        return new(lanes[lane].Topic, lanes[lane].Partition, bases[lane] + ordinal);
    }

    /// <summary>The topics that get records.</summary>
    internal IEnumerable<short> TopicIds => lanes.Select(lane => lane.TopicId).Distinct();

    public void Dispose() => ArrayPool<byte>.Shared.Return(Interlocked.Exchange(ref packed, []));

    private static void Add<TItem, TValue>(NpgsqlParameterCollection parameters, List<TItem> items, Func<TItem, TValue> value)
    {
        var values = new TValue[items.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(items[i]);
        parameters.With(values);
    }

    private ReadOnlyMemory<byte>[] PackHeaders()
    {
        var total = 0;
        foreach (var (_, _, record) in records) total += HeaderPacking.Size(record.Headers);
        Dispose();
        packed = ArrayPool<byte>.Shared.Rent(total);
        var headers = new ReadOnlyMemory<byte>[records.Count];
        for (int i = 0, at = 0; i < headers.Length; i++)
        {
            var size = HeaderPacking.Size(records[i].Record.Headers);
            HeaderPacking.Pack(records[i].Record.Headers, packed.AsSpan(at, size));
            headers[i] = packed.AsMemory(at, size);
            at += size;
        }

        return headers;
    }

    private sealed class Lane(short topicId, string topic, int partition)
    {
        public short TopicId { get; } = topicId;

        public string Topic { get; } = topic;

        public int Partition { get; } = partition;

        public int Count { get; set; }
    }
}
