using Cmdr.Bus;
using MassTransit;

namespace Cmdr;

/// <summary>What a processor may ask of an event's context besides what MassTransit offers.</summary>
public static class ProcessorContext
{
    /// <summary>The event with what the log knows of it: subject, sequence, time, position, actor.</summary>
    /// <exception cref="PayloadNotFoundException">The context is not one of a processor.</exception>
    public static Recorded<TEvent> Recorded<TEvent>(this ConsumeContext<TEvent> context)
        where TEvent : class
    {
        ArgumentNullException.ThrowIfNull(context);
        return MessageForm.Recorded(context.Message, context.GetPayload<HistoryRecord>());
    }

    /// <summary>The event's envelope: every attribute and extension that its record has.</summary>
    /// <exception cref="PayloadNotFoundException">The context is not one of a processor, or its record is not a CloudEvent.</exception>
    public static Envelope Envelope(this ConsumeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.GetPayload<Envelope>();
    }

    /// <summary>
    /// Submits a command that follows from the event. Its id is derived from the event's id, the processor's group and how many were submitted before it while
    /// the event is handled, so that an event that is handled again submits the same command, which its subject knows. Correlation and actor are the event's.
    /// </summary>
    /// <param name="context">The event's.</param>
    /// <param name="command">The command's record. What follows from an event must follow from it alone, in the same order each time.</param>
    /// <param name="wait">What to wait for; a refusal is no failure, the receipt tells.</param>
    /// <param name="cancellationToken">Ends the wait; the context's unless given.</param>
    /// <exception cref="SubmissionException">The command is malformed, or another than before.</exception>
    /// <exception cref="LogException">The log failed; the event is handled again.</exception>
    public static Task<Receipt> Submit(this ConsumeContext context, object command, Wait wait = Wait.Logged, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.GetPayload<Submissions>().Submit(command, wait, cancellationToken == default ? context.CancellationToken : cancellationToken);
    }
}

/// <summary>A command that follows from an event cannot be submitted.</summary>
/// <param name="message">Which, and why.</param>
public sealed class SubmissionException(string message) : Exception(message);
