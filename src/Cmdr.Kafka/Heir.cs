using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>
/// Ends what somebody left open, in the author's name: opening a transactional id anew fences its author, and aborts what it had open. Where that ends nothing, the
/// brokers have forgotten what they had decided, and it is ended as the group's positions say: as committed where they have moved with it, else as aborted, so that
/// who takes over consumes again.
/// </summary>
/// <remarks>
/// Source: KIP-98, "Exactly Once Delivery and Transactional Messaging", on the initialisation of a transactional id. That a lone broker forgets was seen with
/// 4.3.1, killed between the decision and the markers.
/// </remarks>
internal sealed partial class Heir(LogParts parts, LogGroup group)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Fences an author, and ends what that did not.</summary>
    /// <param name="author">A transactional id.</param>
    /// <param name="forgotten">What fencing it did not end; empty before that was tried.</param>
    /// <param name="stop">Ends it before it began.</param>
    internal Task End(string author, IReadOnlyCollection<OpenTransaction> forgotten, CancellationToken stop) => Task.Factory.StartNew(
        () =>
        {
            using var producer = parts.Clients.Producer(parts.Clients.Settings.Transactions(author));
            producer.InitTransactions(Patience);
            LogFenced(parts.Logger, author, group.Name);
            if (forgotten.Count > 0) EndAnew(producer, author, forgotten);
        }, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Transactions on the same partitions, whose ends end what was forgotten too. Those that are aborted go first, and the group's positions with them.</summary>
    private void EndAnew(IProducer<byte[], byte[]> producer, string author, IReadOnlyCollection<OpenTransaction> forgotten)
    {
        using var nobody = parts.Clients.Consumer(new ConsumerConfig(parts.Clients.Settings.Reading(IsolationLevel.ReadUncommitted)) { GroupId = group.Name }).Build();
        foreach (var alike in forgotten.ToLookup(open => IsCommitted(nobody, open)).OrderBy(alike => alike.Key))
        {
            producer.BeginTransaction();
            foreach (var open in alike) producer.Produce(open.Partition, WireRecord.End(Encoding.UTF8.GetBytes(author)));
            producer.Flush(Patience);
            if (alike.Key)
            {
                producer.CommitTransaction(Patience);
            }
            else
            {
                producer.SendOffsetsToTransaction([new(Topics.Parked, 0, 0)], nobody.ConsumerGroupMetadata, Patience);
                producer.AbortTransaction(Patience);
            }

            LogEnded(parts.Logger, author, alike.Key ? "committed" : "aborted", string.Join(", ", alike.Select(open => open.Partition)));
        }
    }

    /// <summary>True when the group stands where it stands only if the transaction was committed: what is pending is not looked at.</summary>
    private static bool IsCommitted(IConsumer<byte[], byte[]> nobody, OpenTransaction open) =>
        open.Position is { } position && nobody.Committed([position.TopicPartition], Patience)[0].Offset.Value >= position.Offset.Value;

    [LoggerMessage(8, LogLevel.Information, "Fenced {Author}, to end the transaction that it left open in the group {Group}")]
    private static partial void LogFenced(ILogger logger, string author, string group);

    [LoggerMessage(13, LogLevel.Warning, "The brokers had forgotten the transaction of {Author} on {Partitions}; it is {Ended} now")]
    private static partial void LogEnded(ILogger logger, string author, string ended, string partitions);
}
