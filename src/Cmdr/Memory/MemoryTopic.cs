namespace Cmdr;

/// <summary>The records of a topic, by partition; an offset is an index. Everything here is called with the log's gate held.</summary>
internal sealed class MemoryTopic(LogDescription log, string name)
{
    private readonly List<LoggedRecord>[] partitions = [.. Enumerable.Range(0, log.Partitions).Select(_ => new List<LoggedRecord>())];
    private int first;

    /// <summary>Who is woken by an append.</summary>
    public HashSet<Signal> Listeners { get; } = [];

    public IReadOnlyList<Position> Append(IReadOnlyList<LogRecord> records)
    {
        var positions = new Position[records.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var record = Copy(records[i]);
            var partition = Murmur2.Partition(record.Key.Span, log.Partitions);
            positions[i] = new(name, partition, partitions[partition].Count);
            partitions[partition].Add(new(positions[i], record));
        }

        foreach (var listener in Listeners) listener.Set();
        return positions;
    }

    public Cursor End() => new(log.Identity, name, [.. partitions.Select(partition => (long)partition.Count)]);

    public long EndOf(int partition) => partitions[partition].Count;

    public LoggedRecord? At(Position position) =>
        position.Partition >= 0 && position.Partition < partitions.Length && position.Offset >= 0 && position.Offset < partitions[position.Partition].Count
            ? partitions[position.Partition][(int)position.Offset]
            : null;

    /// <summary>Adds records of one partition from <paramref name="next"/> until a bound is reached; gives the offset after them.</summary>
    public long Take(int partition, long next, List<LoggedRecord> into, int maxRecords, ref int bytesLeft)
    {
        var records = partitions[partition];
        for (; next < records.Count && into.Count < maxRecords; next++)
        {
            var record = records[(int)next];
            var bytes = record.Record.Bytes;
            if (bytes > bytesLeft && into.Count > 0)
            {
                bytesLeft = 0;
                break;
            }

            bytesLeft -= bytes;
            into.Add(record);
        }

        return next;
    }

    public LogPage Page(Cursor after, int maxRecords, int maxBytes)
    {
        var records = new List<LoggedRecord>();
        var next = after.Next.ToBuilder();
        // Each page begins with another partition, so that a busy one cannot starve the rest.
        first = (first + 1) % partitions.Length;
        for (var i = 0; i < partitions.Length && records.Count < maxRecords && maxBytes > 0; i++)
        {
            var partition = (first + i) % partitions.Length;
            next[partition] = Take(partition, next[partition], records, maxRecords, ref maxBytes);
        }

        return new(records, records.Count == 0 ? after : after with { Next = next.MoveToImmutable() });
    }

    public void Check(Cursor cursor)
    {
        if (cursor.Next.IsDefault || cursor.Next.Length != partitions.Length || cursor.Next.Any(next => next < 0))
        {
            throw new CursorException(CursorException.Malformed, $"The cursor does not name {partitions.Length} partitions of {name}.");
        }

        for (var partition = 0; partition < partitions.Length; partition++) CheckNotBeyond(partition, cursor.Next[partition]);
    }

    public void CheckNotBeyond(int partition, long next)
    {
        if (next > partitions[partition].Count)
        {
            throw new CursorException(CursorException.BeyondEnd, $"Offset {next} is past the end of {name}/{partition}, which is {partitions[partition].Count}.");
        }
    }

    /// <summary>One buffer of the log's own, so that a caller may reuse its buffers.</summary>
    private static LogRecord Copy(LogRecord record)
    {
        var buffer = new byte[record.Key.Length + record.Value.Length + record.Headers.Sum(header => header.Value.Length)];
        var used = 0;
        return new(Keep(record.Key), Keep(record.Value), [.. record.Headers.Select(header => header with { Value = Keep(header.Value) })]);

        ReadOnlyMemory<byte> Keep(ReadOnlyMemory<byte> bytes)
        {
            bytes.CopyTo(buffer.AsMemory(used));
            used += bytes.Length;
            return buffer.AsMemory(used - bytes.Length, bytes.Length);
        }
    }
}
