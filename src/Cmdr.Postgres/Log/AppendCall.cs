namespace Cmdr.Postgres;

/// <summary>One caller's records, and its answer.</summary>
internal sealed class AppendCall(short topicId, string topic, IReadOnlyList<LogRecord> records, long bytes)
{
    private const int Waiting = 0, Taken = 1, Cancelled = 2;

    private int state = Waiting;
    private readonly TaskCompletionSource<IReadOnlyList<Position>> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal int Records => records.Count;

    internal long Bytes => bytes;

    /// <summary>The answer. Cancelling ends the wait while the call waits for its turn; once it is being written its caller's buffers are in use.</summary>
    internal async Task<IReadOnlyList<Position>> Answer(CancellationToken cancellationToken)
    {
        using var cancelling = cancellationToken.UnsafeRegister((_, token) =>
        {
            if (Interlocked.CompareExchange(ref state, Cancelled, Waiting) == Waiting) answer.TrySetCanceled(token);
        }, null);
        return await answer.Task.ConfigureAwait(false);
    }

    /// <summary>False when nobody waits for it any more; it is never written then.</summary>
    internal bool TryTake() => Interlocked.CompareExchange(ref state, Taken, Waiting) == Waiting;

    internal void AddTo(RecordBatch batch, int partitions)
    {
        for (var i = 0; i < records.Count; i++) batch.Add(topicId, topic, Murmur2.Partition(records[i].Key.Span, partitions), records[i]);
    }

    internal void Succeed(RecordBatch batch, int first, long[] bases)
    {
        var positions = new Position[records.Count];
        for (var i = 0; i < positions.Length; i++) positions[i] = batch.PositionOf(first + i, bases);
        answer.TrySetResult(positions);
    }

    internal void Fail(Exception exception)
    {
        var what = $"{records.Count} record(s) to {topic}, the first {Name(records[0])}";
        answer.TrySetException(Fault.IsRolledBack(exception) || exception is AppendNotSentException or LogException
            ? new LogException($"Nothing was appended of {what}: {(exception.InnerException ?? exception).Message}", exception)
            : new LogException($"It is unknown whether the log appended {what}; appending again with the same ids is safe: {exception.Message}", exception));
    }

    private static string Name(LogRecord record) => record.Headers.FirstOrDefault(header => header.Name == "ce_id") is { Name: not null } id
        ? $"with ce_id {System.Text.Encoding.UTF8.GetString(id.Value.Span)}"
        : "without ce_id";
}

/// <summary>An append failed before anything was sent.</summary>
internal sealed class AppendNotSentException(Exception inner) : Exception(inner.Message, inner);
