using MassTransit;

namespace Cmdr.Bus;

/// <summary>
/// Configures a processor: a consumer of events, one at a time, with MassTransit's ordinary middleware around each. What returned is handled; what keeps
/// throwing parks its subject for the group.
/// </summary>
public interface IProcessorConfigurator : IReceiveEndpointConfigurator
{
    /// <summary>How many subjects are handled at the same time by this host, 1 to 10,000; the events of each are handled one after another. 16 unless said.</summary>
    int ConcurrentSubjects { get; set; }

    /// <summary>
    /// How long to wait before each further try of an event that failed, outside all middleware; when it is used up, the subject is parked. 0.1, 0.5 and 2 s
    /// unless said; empty where middleware such as <c>UseMessageRetry</c> says it all.
    /// </summary>
    IReadOnlyList<TimeSpan> Backoff { get; set; }

    /// <summary>
    /// The most events of a slice, after which the group's position moves, 1 to 100,000; 8,000 unless said. A slice has as many as are handled in a fifth of
    /// <see cref="SliceTime"/>, but 200 (or 4 per concurrent subject) if those are more. A host that is killed repeats the slice that it was at.
    /// </summary>
    int MaxSliceRecords { get; set; }

    /// <summary>How long the log waits for a slice of them before it may move the partition; what is not handled by then goes on meanwhile. 5 s unless said.</summary>
    TimeSpan SliceTime { get; set; }

    /// <summary>
    /// Says which failures are nobody's event's fault, such as a service that is down: they park nothing, and are tried again for ever, while health says so.
    /// Those of the log, and of a database that calls them transient, always are.
    /// </summary>
    void WaitOut(Func<Exception, bool> isOutage);

    /// <summary>Likewise, by the exception's type, wherever in the chain of inner exceptions it is.</summary>
    void WaitOut<TException>()
        where TException : Exception => WaitOut(exception => exception is TException);
}
