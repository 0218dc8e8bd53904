using MassTransit;

namespace Cmdr.Bus;

/// <summary>Submits the commands that follow from an event: counted, so that handling the event again submits the same ones under the same ids.</summary>
/// <param name="intake">The door; null in a host without one.</param>
/// <param name="group">The processor's group, whose commands have ids of their own.</param>
/// <param name="record">The event; null when the record is none.</param>
internal sealed class Submissions(IIntake? intake, string group, HistoryRecord? record)
{
    private int next;

    /// <summary>Counts from the beginning: the event is handled afresh.</summary>
    public void Reset() => next = 0;

    public async Task<Receipt> Submit(object command, Wait wait, CancellationToken cancellationToken)
    {
        if (intake is null) throw new InvalidOperationException("This host has no door for commands; add .AddIntake().");
        if (record is not { Envelope: var cause }) throw new InvalidOperationException("The record has no id that a command could follow from.");
        var submission = Submission.From(command, cause.Id, group, Interlocked.Increment(ref next) - 1);
        var options = new SubmitOptions { Wait = wait, Actor = cause.Actor, CorrelationId = cause.CorrelationId ?? cause.Id, CausationId = cause.Id };
        var submitted = await intake.Submit([submission], options, cancellationToken).ConfigureAwait(false);
        if (submitted.Faults.Count > 0) throw new SubmissionException($"{submission.Type} is malformed: {string.Join("; ", submitted.Faults)}");
        return submitted.Receipts[0] is { Reused: false } receipt
            ? receipt
            : throw new SubmissionException($"{submission.Type} was submitted before with another body when {record.Position} was handled; what follows from an event must not depend on anything else.");
    }
}

/// <summary>Inside everything that tries again: each try counts its commands from the beginning.</summary>
internal sealed class FreshSubmissions<TMessage> : IFilter<ConsumeContext<TMessage>>
    where TMessage : class
{
    public Task Send(ConsumeContext<TMessage> context, IPipe<ConsumeContext<TMessage>> next)
    {
        if (context.ReceiveContext is EventReceiveContext receive) receive.CountSubmissionsAfresh();
        return next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("freshSubmissions");
}
