using MassTransit;

namespace Cmdr.Bus;

/// <summary>An event on its way through the receive pipe.</summary>
internal sealed class EventReceiveContext : LogReceiveContext
{
    private readonly LoggedConsumeContext consume;
    private readonly Func<LoggedConsumeContext, Submissions> submitting;
    private Submissions? submissions;

    public EventReceiveContext(LogEndpointContext endpoint, EventReader reader, LoggedRecord logged, bool again, Func<LoggedConsumeContext, Submissions> submitting, TimeProvider time, CancellationToken cancellationToken)
        : base(endpoint, time, cancellationToken)
    {
        this.submitting = submitting;
        Redelivered = again;
        consume = reader.Read(this, endpoint, logged);
    }

    /// <summary>The event's envelope; null when its record is none.</summary>
    public Envelope? Envelope => consume.Record?.Envelope;

    /// <summary>True when the event failed before.</summary>
    public override bool Redelivered { get; }

    public override Headers TransportHeaders => consume.Headers;

    /// <summary>Each try submits the same commands under the same ids.</summary>
    public void CountSubmissionsAfresh() => submissions?.Reset();

    protected override object? Own(Type payload) => payload switch
    {
        _ when payload == typeof(ConsumeContext) => consume,
        _ when payload == typeof(HistoryRecord) => consume.Record,
        _ when payload == typeof(Envelope) => consume.Record?.Envelope,
        _ when payload == typeof(LoggedRecord) => consume.Logged,
        _ when payload == typeof(Submissions) => submissions ??= submitting(consume),
        _ => null,
    };
}
