using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>Takes what the library has fetched into a member's holdings, and lets it tell of partitions that come and go meanwhile.</summary>
internal sealed partial class Fetching(LogParts parts, LogGroup group, Holdings holdings, IConsumer<byte[], byte[]> consumer)
{
    private readonly string part = $"consume for the group {group.Name}";

    /// <summary>Takes what is there, as far as the next slice may need it.</summary>
    /// <param name="inHand">The slice whose handler is at work meanwhile, and which goes first once that has ended; null when there is none.</param>
    internal void Gather(Delivery? inHand = null)
    {
        while (inHand?.Work is not { IsCompleted: true } && HasRoom(inHand is null ? 1 : 2))
        {
            if (!Poll(TimeSpan.Zero)) return;
        }
    }

    /// <summary>True when less is fetched than so many slices may hold.</summary>
    internal bool HasRoom(long slices = 1) => holdings.FetchedRecords < slices * group.MaxSliceRecords && holdings.FetchedBytes < slices * group.MaxSliceBytes;

    /// <summary>Takes one thing that the library has, a record or the end of a partition; false when there is nothing.</summary>
    internal bool Poll(TimeSpan wait)
    {
        ConsumeResult<byte[], byte[]>? result;
        try
        {
            result = consumer.Consume(wait);
        }
        catch (ConsumeException exception)
        {
            Hear(exception);
            return false;
        }

        if (result is null) return false;
        parts.Health.Well(part);
        holdings.Take(result);
        return true;
    }

    /// <summary>No broker can be reached.</summary>
    internal void Hear(Error error)
    {
        if (error.Code == ErrorCode.Local_AllBrokersDown) parts.Health.Faulty(part, KafkaFault.Explain(error, $"the group {group.Name}", parts.Clients.Settings));
    }

    /// <summary>An error that the library mends by itself is told; any other ends the member, which then joins anew.</summary>
    private void Hear(ConsumeException exception)
    {
        var error = exception.Error;
        if (TopicReader.IsBeyond(error)) throw TopicReader.BeyondEnd(string.Join(", ", group.Topics));
        var message = KafkaFault.Explain(error, $"the group {group.Name}", parts.Clients.Settings);
        if (error.IsFatal || KafkaFault.IsRefusal(error)) throw new LogException(message, exception);
        if (error.Code == ErrorCode.Local_MaxPollExceeded) LogTooSlow(parts.Logger, group.Name, error.Reason);
        else parts.Health.Faulty(part, message);
    }

    [LoggerMessage(5, LogLevel.Warning, "A consumer of the group {Group} took so long to take partitions over that they went to others; Cmdr:Kafka:max.poll.interval.ms says how long it may: {Reason}")]
    private static partial void LogTooSlow(ILogger logger, string group, string reason);
}
