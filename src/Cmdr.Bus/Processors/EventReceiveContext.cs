using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using MassTransit;
using MassTransit.Middleware;
using MassTransit.Serialization;
using MassTransit.Util;

namespace Cmdr.Bus;

/// <summary>An event on its way through the receive pipe. It carries its own <see cref="ConsumeContext"/>, so nothing is deserialised by MassTransit.</summary>
internal sealed class EventReceiveContext : ScopePipeContext, ReceiveContext
{
    private readonly LogEndpointContext endpoint;
    private readonly TimeProvider time;
    private readonly long began;
    private readonly LoggedConsumeContext consume;
    private readonly Func<LoggedConsumeContext, Submissions> submitting;
    private Submissions? submissions;
    private PendingTaskCollection? pending;

    public EventReceiveContext(LogEndpointContext endpoint, EventReader reader, LoggedRecord logged, bool again, Func<LoggedConsumeContext, Submissions> submitting, TimeProvider time, CancellationToken cancellationToken)
        : base(endpoint)
    {
        this.endpoint = endpoint;
        this.submitting = submitting;
        this.time = time;
        began = time.GetTimestamp();
        Redelivered = again;
        CancellationToken = cancellationToken;
        consume = reader.Read(this, endpoint, logged);
    }

    /// <summary>The event's envelope; null when its record is none.</summary>
    public Envelope? Envelope => consume.Record?.Envelope;

    public override CancellationToken CancellationToken { get; }

    public bool IsDelivered { get; private set; }

    public bool IsFaulted { get; private set; }

    /// <summary>True when the event failed before.</summary>
    public bool Redelivered { get; }

    public TimeSpan ElapsedTime => time.GetElapsedTime(began);

    public Uri InputAddress => endpoint.InputAddress;

    public ContentType ContentType => SystemTextJsonMessageSerializer.JsonContentType;

    public Headers TransportHeaders => consume.Headers;

    public Task ReceiveCompleted => pending?.Completed(CancellationToken) ?? Task.CompletedTask;

    public ISendEndpointProvider SendEndpointProvider => endpoint.SendEndpointProvider;

    public IPublishEndpointProvider PublishEndpointProvider => endpoint.PublishEndpointProvider;

    /// <summary>Never: what fails is parked, where operators see it.</summary>
    public bool PublishFaults => false;

    public MessageBody Body => EmptyMessageBody.Instance;

    /// <summary>Its own answers first: they need no list of payloads.</summary>
    public override bool TryGetPayload<TPayload>([NotNullWhen(true)] out TPayload? payload)
        where TPayload : class
    {
        object? own = typeof(TPayload) switch
        {
            var type when type == typeof(ConsumeContext) => consume,
            var type when type == typeof(HistoryRecord) => consume.Record,
            var type when type == typeof(Envelope) => consume.Record?.Envelope,
            var type when type == typeof(LoggedRecord) => consume.Logged,
            var type when type == typeof(Submissions) => submissions ??= submitting(consume),
            _ => null,
        };
        payload = own as TPayload;
        return payload is not null || base.TryGetPayload(out payload);
    }

    /// <summary>Each try submits the same commands under the same ids.</summary>
    public void CountSubmissionsAfresh() => submissions?.Reset();

    /// <summary>Few add any: made for the first who does, whichever of several at once that is.</summary>
    public void AddReceiveTask(Task task) =>
        (Volatile.Read(ref pending) ?? Interlocked.CompareExchange(ref pending, new(1), null) ?? pending).Add(task);

    public Task NotifyConsumed<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class
    {
        IsDelivered = true;
        return endpoint.ReceiveObservers.PostConsume(context, duration, consumerType);
    }

    public Task NotifyFaulted<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class
    {
        IsFaulted = true;
        return endpoint.ReceiveObservers.ConsumeFault(context, duration, consumerType, exception);
    }

    public Task NotifyFaulted(Exception exception)
    {
        IsFaulted = true;
        return endpoint.ReceiveObservers.ReceiveFault(this, exception);
    }
}
