using System.Diagnostics;

namespace Cmdr.Kafka;

/// <summary>A partition in the hands of this member: a new object for each assignment. Only the member's thread touches it, but for requests.</summary>
internal sealed class OwnedPartition(TopicPartition partition) : IOwnedPartition
{
    /// <summary>How long what is to be fetched first is waited for: a broker that is there answers once what it is at is over, for which it may wait a tenth of a second.</summary>
    private static readonly TimeSpan Hearing = TimeSpan.FromMilliseconds(500);

    private readonly SliceRequests requests = new();
    private readonly Queue<FetchedRecord> fetched = new();
    private long movedAt = Stopwatch.GetTimestamp();
    private long startedAt;
    private bool isHeardOf;

    public TopicPartition Partition => partition;

    public long? GroupPosition { get; internal set; }

    internal SliceRequests Requests => requests;

    /// <summary>The next offset to deliver.</summary>
    internal long Next { get; private set; }

    /// <summary>True once the consumer has heard that it has the partition: it is to hear when it goes.</summary>
    internal bool IsTold { get; set; }

    /// <summary>True once it is known where to begin.</summary>
    internal bool Started { get; private set; }

    /// <summary>True once a slice has held it: nothing more is delivered of it until it is assigned again.</summary>
    internal bool Held { get; private set; }

    /// <summary>True while the library was told to fetch nothing of it.</summary>
    internal bool Paused { get; set; }

    /// <summary>Up to where there was nothing to fetch, such as the ends of transactions; 0 when that was never told.</summary>
    internal long Passed { get; private set; }

    /// <summary>What is fetched and not committed.</summary>
    internal IReadOnlyCollection<FetchedRecord> Fetched => fetched;

    internal bool Delivers => Started && !Held;

    /// <summary>True while there must be something to fetch, and the brokers have neither given a record of it nor said that there is none.</summary>
    internal bool IsAwaited => Delivers && !isHeardOf && Stopwatch.GetElapsedTime(startedAt) < Hearing;

    /// <summary>How long nothing was committed of it.</summary>
    internal TimeSpan Still => Stopwatch.GetElapsedTime(movedAt);

    public void RequestSlice(DateTimeOffset due) => requests.Add(due);

    /// <param name="next">Where it begins.</param>
    /// <param name="isAtEnd">There was nothing to fetch from there on.</param>
    internal void Start(long next, bool isAtEnd) => (Next, Started, startedAt, isHeardOf) = (next, true, Stopwatch.GetTimestamp(), isAtEnd);

    internal void Fetch(FetchedRecord record)
    {
        isHeardOf = true;
        fetched.Enqueue(record);
    }

    internal void Pass(long next) => (Passed, isHeardOf) = (next, true);

    /// <summary>A slice of it is committed; gives the bytes of what is not held any more.</summary>
    internal (int Records, long Bytes) Commit(long position, bool hold)
    {
        var (records, bytes) = (0, 0L);
        while (fetched.TryPeek(out var next) && (hold || next.Record.Position.Offset < position))
        {
            (records, bytes) = (records + 1, bytes + fetched.Dequeue().Bytes);
        }

        (Next, Held, movedAt) = (position, hold, Stopwatch.GetTimestamp());
        return (records, bytes);
    }
}

/// <summary>A record and its size, which is asked for more than once and takes a while to sum up.</summary>
internal readonly record struct FetchedRecord(LoggedRecord Record, int Bytes);
