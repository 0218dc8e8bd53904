namespace Cmdr;

/// <summary>
/// The seam behind which every log stands: partitioned topics of records, durable when appended, ordered within a partition, kept for ever.
/// One contract suite (<c>Cmdr.Testing.LogContract</c>) says what an implementation must do.
/// </summary>
public interface ILog
{
    /// <summary>The log's identity and partition count; opens or creates the log on the first call.</summary>
    /// <exception cref="LogException">The log exists with another partition count, or cannot be reached.</exception>
    ValueTask<LogDescription> Describe(CancellationToken cancellationToken);

    /// <summary>Appends records to a topic, each to the partition of its key, in their order; durable when it returns.</summary>
    /// <remarks>Concurrent appends are coalesced into few writes.</remarks>
    /// <returns>The positions, one for each record.</returns>
    /// <exception cref="RecordTooLargeException">A record is larger than <see cref="LogRecord.MaxBytes"/>; nothing was appended.</exception>
    /// <exception cref="LogException">The log failed, or it is unknown whether the records were appended.</exception>
    Task<IReadOnlyList<Position>> Append(string topic, IReadOnlyList<LogRecord> records, CancellationToken cancellationToken);

    /// <summary>Reads a topic without a group: catches up, then tails, until cancelled. Reads ahead no further than its reader takes.</summary>
    /// <returns>Pages, in order within each partition. An empty page tells progress (at least every few seconds) where there is nothing to deliver.</returns>
    /// <exception cref="CursorException">The cursor is of another log, or past the end.</exception>
    IAsyncEnumerable<LogPage> Read(Cursor after, CancellationToken cancellationToken);

    /// <summary>The records at <paramref name="positions"/>, in the order asked for; null where there is none.</summary>
    Task<IReadOnlyList<LoggedRecord?>> ReadAt(IReadOnlyList<Position> positions, CancellationToken cancellationToken);

    /// <summary>The end of a topic as of now: everything below it is readable, or is once the transactions that are open now have ended.</summary>
    Task<Cursor> EndOf(string topic, CancellationToken cancellationToken);

    /// <summary>
    /// Joins a group: its members share the partitions of its topics, and hand them over as members come and go. Runs until cancelled, then leaves.
    /// </summary>
    /// <remarks>The consumer's members are never called at the same time. What it throws from <see cref="ILogConsumer.Consume"/> aborts the slice,
    /// which then comes again from the same positions.</remarks>
    /// <exception cref="InvalidOperationException">The group has members with other topics, or another way to keep its position.</exception>
    Task Consume(LogGroup group, ILogConsumer consumer, CancellationToken cancellationToken);
}

/// <summary>What distinguishes one log from another.</summary>
/// <param name="Identity">Made when the log was created; a recreated log has another.</param>
/// <param name="Partitions">The partition count of every topic.</param>
public sealed record LogDescription(string Identity, int Partitions);

/// <summary>Some consecutive records of one topic, and how far the reader has come with them.</summary>
/// <param name="Records">In order within each partition; empty where the page only tells progress.</param>
/// <param name="Cursor">After the page.</param>
public sealed record LogPage(IReadOnlyList<LoggedRecord> Records, Cursor Cursor);

/// <summary>The log failed. Retrying an append with the same record ids is safe.</summary>
public sealed class LogException : Exception
{
    /// <summary>A failure with a message that names the record or setting at fault.</summary>
    public LogException(string message, Exception? innerException = null) : base(message, innerException) { }
}

/// <summary>A record is larger than the log takes.</summary>
/// <param name="bytes">Its size.</param>
public sealed class RecordTooLargeException(int bytes)
    : Exception($"A record of {bytes} bytes is larger than the log takes ({LogRecord.MaxBytes}).");
