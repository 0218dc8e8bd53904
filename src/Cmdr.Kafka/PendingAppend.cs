using System.Text;
using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>One caller's records on their way, and its answer.</summary>
internal sealed class PendingAppend(string topic, IReadOnlyList<LogRecord> records, KafkaSettings settings)
{
    private readonly Position[] positions = new Position[records.Count];

    // Continued elsewhere: whoever answers is the library's thread of deliveries, which must never wait for a caller.
    private readonly TaskCompletionSource<IReadOnlyList<Position>> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int outstanding = records.Count;
    private int persisted;
    private Error? error;

    internal Task<IReadOnlyList<Position>> Answer => answer.Task;

    internal void Delivered(int index, DeliveryReport<byte[], byte[]> report)
    {
        if (report.Error.IsError) Fail(report.Error, report.Status != PersistenceStatus.NotPersisted);
        else
        {
            persisted = 1;
            positions[index] = new(topic, report.Partition.Value, report.Offset.Value);
        }

        Count(1);
    }

    /// <summary>The rest of the records never went on their way.</summary>
    internal void Abandon(int from, Error reason)
    {
        Fail(reason, isPersisted: false);
        Count(records.Count - from);
    }

    /// <summary>Nobody will report any more what became of the records that are still on their way.</summary>
    internal void GiveUp()
    {
        Fail(new(ErrorCode.Local_Destroy, "the producer was closed"), isPersisted: true);
        answer.TrySetException(Failure(error!)); // set by the line above, if not before
    }

    private void Fail(Error reason, bool isPersisted)
    {
        Interlocked.CompareExchange(ref error, reason, null);
        if (isPersisted) Volatile.Write(ref persisted, 1);
    }

    private void Count(int ended)
    {
        if (Interlocked.Add(ref outstanding, -ended) > 0) return;
        if (error is null) answer.TrySetResult(positions);
        else answer.TrySetException(Failure(error));
    }

    private LogException Failure(Error reason)
    {
        var what = $"{records.Count} record(s) to {topic}, the first {Name(records[0])}";
        var why = KafkaFault.Explain(reason, $"an append to the topic {topic}", settings);
        return new(
            persisted == 0 ? $"Nothing was appended of {what}: {why}" : $"It is unknown whether the log appended {what}; appending again with the same ids is safe: {why}",
            new KafkaException(reason));
    }

    private static string Name(LogRecord record) => record.Headers.FirstOrDefault(header => header.Name == "ce_id") is { Name: not null } id
        ? $"with ce_id {Encoding.UTF8.GetString(id.Value.Span)}"
        : "without ce_id";
}
