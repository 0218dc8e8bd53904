using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>The producer of a member's transactions: opened ahead or when it is needed, and replaced by another of the same id when requests of it may still be on their way.</summary>
/// <param name="parts">What all clients of the host share.</param>
/// <param name="id">Its transactional id.</param>
/// <param name="stop">When the member is to leave: then nothing is tried again.</param>
internal sealed partial class TransactionalProducer(LogParts parts, MemberId id, CancellationToken stop) : IDisposable
{
    /// <summary>How long opening is asked for before it is seen whether the member is to leave.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The library's own limits do not always hold, and after a broker was away it may go on saying of one that answers that it does not: after this a call is
    /// taken for lost, and its producer for broken.
    /// </summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly string part = $"commit for the group {id.Group}";
    private IProducer<byte[], byte[]>? producer;

    /// <summary>The last call, which may still be in the library when nobody waits for it any more.</summary>
    private Task asked = Task.CompletedTask;

    private string Opening => $"opening transactions for {id.Group}";

    private string Committing => $"the commit of a slice of {id.Group}";

    /// <summary>Its id as each of its records carries it.</summary>
    internal byte[] Author { get; } = Encoding.UTF8.GetBytes(id.ToString());

    /// <summary>Opened, which ends whatever the one before it of the same id left open.</summary>
    /// <exception cref="KafkaException">It cannot be, which was told.</exception>
    internal IProducer<byte[], byte[]> Opened() => producer ??= Open();

    /// <summary>Another takes its place with the next transaction, and the brokers take nothing of this one any more.</summary>
    internal void Renew(string reason)
    {
        LogRenewed(parts.Logger, id.Group, reason);
        if (producer is { } last) _ = Closed(last);
        producer = null;
    }

    /// <summary>
    /// Opens its id now where that can be, rather than with the next transaction: nobody waits for that yet, but others may wait for what the last producer left
    /// open. Where it cannot be, the next transaction tries again.
    /// </summary>
    internal void OpenAhead()
    {
        if (stop.IsCancellationRequested) return;
        try
        {
            Opened();
        }
        catch (KafkaException)
        {
            // It was told.
        }
    }

    /// <summary>The same call of a commit again for a while when the brokers do not answer; once the member is asked to leave, one last time.</summary>
    internal void Repeated(Action call) => Repeated(call, Committing);

    /// <summary>A commit failed.</summary>
    internal void Tell(KafkaException exception) => Tell(exception, Committing);

    /// <summary>A call that may hang.</summary>
    internal void Guarded(Action call)
    {
        asked = Task.Run(call);
        if (!Waited(asked, Hang)) throw new KafkaException(new Error(ErrorCode.Local_TimedOut, "a call of the library hangs"));
    }

    public void Dispose()
    {
        if (producer is { } last) Waited(Closed(last), Farewell);
    }

    /// <summary>Closes a producer when no call is in it any more: the library frees what a call would go on to use.</summary>
    private Task Closed(IProducer<byte[], byte[]> last) => asked.ContinueWith(_ => last.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private IProducer<byte[], byte[]> Open()
    {
        var opened = parts.Clients.Producer(parts.Clients.Settings.Transactions(id.ToString()));
        try
        {
            Repeated(() => opened.InitTransactions(Patience), Opening);
            parts.Health.Well(part);
            return opened;
        }
        catch (Exception exception)
        {
            _ = Closed(opened);
            if (exception is KafkaException failure && !stop.IsCancellationRequested) Tell(failure, Opening);
            throw;
        }
    }

    private void Repeated(Action call, string what)
    {
        var (began, backoff) = (Stopwatch.GetTimestamp(), new Backoff());
        while (true)
        {
            try
            {
                Guarded(call);
                return;
            }
            catch (KafkaRetriableException exception) when (!stop.IsCancellationRequested && Stopwatch.GetElapsedTime(began) < Hang)
            {
                Tell(exception, what);
                stop.WaitHandle.WaitOne(backoff.Next());
            }
        }
    }

    private void Tell(KafkaException exception, string what) => parts.Health.Faulty(part, KafkaFault.Explain(exception.Error, what, parts.Clients.Settings));

    /// <summary>Waits on the member's thread; false when the time is over first.</summary>
    private static bool Waited(Task task, TimeSpan within)
    {
        if (!task.IsCompleted && !((IAsyncResult)task).AsyncWaitHandle.WaitOne(within)) return false;
        task.GetAwaiter().GetResult();
        return true;
    }

    [LoggerMessage(10, LogLevel.Information, "The producer of the group {Group} is replaced by another: {Message}")]
    private static partial void LogRenewed(ILogger logger, string group, string message);
}
