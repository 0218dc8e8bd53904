using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>The producer of a member's transactions: opened when it is first needed, and replaced by another of the same id when it has failed for good.</summary>
/// <param name="parts">What all clients of the host share.</param>
/// <param name="id">Its transactional id.</param>
/// <param name="stop">When the member is to leave: then nothing is tried again.</param>
internal sealed partial class TransactionalProducer(LogParts parts, MemberId id, CancellationToken stop) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The library's own limits do not always hold: after this a call is taken for lost, and its producer for broken.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly string part = $"commit for the group {id.Group}";
    private IProducer<byte[], byte[]>? producer;

    /// <summary>Its id as each of its records carries it.</summary>
    internal byte[] Author { get; } = Encoding.UTF8.GetBytes(id.ToString());

    /// <summary>Opened, which ends whatever the one before it of the same id left open.</summary>
    /// <exception cref="KafkaException">It cannot be.</exception>
    internal IProducer<byte[], byte[]> Opened() => producer ??= Open();

    /// <summary>Another takes its place, since this one has failed for good.</summary>
    internal void Replace(KafkaException reason)
    {
        LogReplaced(parts.Logger, id.Group, reason.Message);
        var broken = producer;
        producer = null;
        if (broken is not null) _ = Task.Run(broken.Dispose); // it may wait for a call that hangs
        if (stop.IsCancellationRequested) return;
        try
        {
            producer = Open();
        }
        catch (KafkaException exception)
        {
            // The next slice tries again.
            parts.Health.Faulty(part, KafkaFault.Explain(exception.Error, $"opening transactions for {id.Group}", parts.Clients.Settings));
        }
    }

    /// <summary>The same call again while the brokers do not answer; the member is asked to leave, one last time.</summary>
    internal void Repeated(Action call)
    {
        var backoff = new Backoff();
        while (true)
        {
            try
            {
                Guarded(call);
                return;
            }
            catch (KafkaRetriableException exception) when (!stop.IsCancellationRequested)
            {
                parts.Health.Faulty(part, KafkaFault.Explain(exception.Error, $"the commit of a slice of {id.Group}", parts.Clients.Settings));
                stop.WaitHandle.WaitOne(backoff.Next());
            }
        }
    }

    /// <summary>A call that may hang.</summary>
    internal static void Guarded(Action call)
    {
        if (!Waited(Task.Run(call), Hang)) throw new KafkaException(new Error(ErrorCode.Local_TimedOut, "a call of the library hangs"));
    }

    public void Dispose()
    {
        if (producer is { } last) Waited(Task.Run(last.Dispose), Farewell);
    }

    private IProducer<byte[], byte[]> Open()
    {
        var opened = parts.Clients.Producer(parts.Clients.Settings.Transactions(id.ToString()));
        try
        {
            Repeated(() => opened.InitTransactions(Patience));
            parts.Health.Well(part);
            return opened;
        }
        catch
        {
            _ = Task.Run(opened.Dispose);
            throw;
        }
    }

    /// <summary>Waits on the member's thread; false when the time is over first.</summary>
    private static bool Waited(Task task, TimeSpan within)
    {
        if (!task.IsCompleted && !((IAsyncResult)task).AsyncWaitHandle.WaitOne(within)) return false;
        task.GetAwaiter().GetResult();
        return true;
    }

    [LoggerMessage(10, LogLevel.Warning, "The producer of the group {Group} has failed for good and is replaced: {Message}")]
    private static partial void LogReplaced(ILogger logger, string group, string message);
}
