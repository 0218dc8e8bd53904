using System.Diagnostics;
using MassTransit;
using MassTransit.Context;
using MassTransit.Transports;

namespace Cmdr.Bus;

/// <summary>Puts one event through the receive pipe, with all middleware, again after each pause of the backoff until its consumer returns.</summary>
internal sealed class EventDispatch(
    LogEndpointContext endpoint, IReceivePipeDispatcher dispatcher, ProcessorSettings settings, ProcessorMeters meters, Func<LoggedConsumeContext, Submissions> submitting, TimeProvider time)
{
    /// <returns>Null when it was handled; else why it is to be parked.</returns>
    /// <exception cref="OutageException">It is not the event's fault.</exception>
    /// <exception cref="OperationCanceledException">The partition is another's.</exception>
    public async ValueTask<Exception?> Handle(WorkItem item, CancellationToken gone)
    {
        if (item.Logged is not { } logged) return new UnreadableEventException($"there is no record at {item.Position} any more");
        for (var attempt = 0; ; attempt++)
        {
            var error = await Try(logged, item.Reader, item.IsRetried || attempt > 0, gone).ConfigureAwait(false);
            if (error is null) return null;
            gone.ThrowIfCancellationRequested();
            if (settings.Outages.Explain(error)) throw new OutageException(error);
            if (error is UnreadableEventException || attempt >= settings.Backoff.Count) return error;
            meters.Retried();
            // By the machine's clock: a clock that a test has stopped must not stop what is tried again.
            await Task.Delay(settings.Backoff[attempt], gone).ConfigureAwait(false);
        }
    }

    private async ValueTask<Exception?> Try(LoggedRecord logged, EventReader reader, bool again, CancellationToken gone)
    {
        try
        {
            var receive = new EventReceiveContext(endpoint, reader, logged, again, submitting, time, gone);
            using var span = Telemetry.Activities.HasListeners() ? Span(receive.Envelope) : null;
            await dispatcher.Dispatch(receive, NoLockReceiveContext.Instance).ConfigureAwait(false);
            return receive.IsDelivered ? null : new MessageNotConsumedException(endpoint.InputAddress, "No consumer handled the event: its middleware kept it or swallowed a fault.");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return exception;
        }
    }

    /// <summary>A span beneath the event's own; null when it has none, or nobody wants it.</summary>
    private Activity? Span(Envelope? envelope)
    {
        if (envelope is null) return null;
        ActivityContext.TryParse(envelope.TraceParent, envelope.TraceState, isRemote: true, out var parent);
        var span = Telemetry.Activities.StartActivity("process", ActivityKind.Consumer, parent);
        return span?.SetTag("cmdr.group", settings.Group).SetTag("cmdr.type", envelope.Type).SetTag("cmdr.subject", envelope.Subject.ToString());
    }
}
