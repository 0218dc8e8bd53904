using Microsoft.Extensions.Logging;

namespace Cmdr.Handling;

/// <summary>Reads the subjects of partitions back from <c>events</c>.</summary>
internal sealed partial class Restoration(ILog log, TimeProvider clock, ILogger<Restoration> logger)
{
    /// <summary>Restores partitions that this host has just come to own: what their last owner committed is on the log, and nobody else can add to it.</summary>
    public async Task Restore(IReadOnlyDictionary<int, CommandPartition> partitions, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var end = await log.EndOf(Topics.Events, cancellationToken);
        var beginning = end with { Next = [.. end.Next.Select((next, partition) => partitions.ContainsKey(partition) ? 0 : next)] };
        var records = beginning.Covers(end) ? 0 : await Fold(partitions, beginning, end, cancellationToken);
        var duration = (long)clock.GetElapsedTime(started).TotalMilliseconds;
        foreach (var (number, partition) in partitions)
        {
            foreach (var fault in partition.Faults()) LogUnrestored(number, fault);
        }

        var numbers = string.Join(", ", partitions.Keys.Order());
        LogRestored(numbers, records, duration);
    }

    private async Task<int> Fold(IReadOnlyDictionary<int, CommandPartition> partitions, Cursor beginning, Cursor end, CancellationToken cancellationToken)
    {
        var records = 0;
        await foreach (var page in log.Read(beginning, cancellationToken))
        {
            foreach (var logged in page.Records)
            {
                if (!partitions.TryGetValue(logged.Position.Partition, out var partition) || !end.Includes(logged.Position)) continue;
                records++;
                if (!partition.Restore(logged)) LogMisplaced(logged.Position);
            }

            if (page.Cursor.Covers(end)) break;
        }

        return records;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Restored commands partitions {Partitions} from {Records} records in {Milliseconds} ms")]
    private partial void LogRestored(string partitions, int records, long milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "commands/{Partition}: {Fault}. The subject's next command stops the partition")]
    private partial void LogUnrestored(int partition, string fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The record at {Position} is on a partition where its key does not belong; it is kept and not folded")]
    private partial void LogMisplaced(Position position);
}
