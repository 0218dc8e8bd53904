using System.Diagnostics.CodeAnalysis;
using System.Net.Mime;
using MassTransit;
using MassTransit.Middleware;
using MassTransit.Serialization;

namespace Cmdr.Bus;

/// <summary>What a log brings, on its way through the receive pipe. It carries its own <see cref="ConsumeContext"/>, so nothing is deserialised by MassTransit.</summary>
internal abstract class LogReceiveContext(LogEndpointContext endpoint, TimeProvider time, CancellationToken cancellationToken) : ScopePipeContext(endpoint), ReceiveContext
{
    private readonly long began = time.GetTimestamp();
    private PendingTasks pending;
    private volatile bool hasPayloads;

    public override CancellationToken CancellationToken => cancellationToken;

    public bool IsDelivered { get; private set; }

    public bool IsFaulted { get; private set; }

    public abstract bool Redelivered { get; }

    public TimeSpan ElapsedTime => time.GetElapsedTime(began);

    public Uri InputAddress => endpoint.InputAddress;

    public ContentType ContentType => SystemTextJsonMessageSerializer.JsonContentType;

    public abstract Headers TransportHeaders { get; }

    public Task ReceiveCompleted => pending.Completed(CancellationToken);

    public ISendEndpointProvider SendEndpointProvider => endpoint.SendEndpointProvider;

    public IPublishEndpointProvider PublishEndpointProvider => endpoint.PublishEndpointProvider;

    /// <summary>Never: a slice that fails comes again, and an event that fails is parked, where operators see it.</summary>
    public bool PublishFaults => false;

    public MessageBody Body => EmptyMessageBody.Instance;

    /// <summary>Its own answers first; and of payloads that nobody added there need be no list.</summary>
    public override bool TryGetPayload<TPayload>([NotNullWhen(true)] out TPayload? payload)
        where TPayload : class
    {
        payload = Own(typeof(TPayload)) as TPayload ?? this as TPayload;
        if (payload is not null) return true;
        return hasPayloads ? base.TryGetPayload(out payload) : endpoint.TryGetPayload(out payload);
    }

    public override TPayload GetOrAddPayload<TPayload>(PayloadFactory<TPayload> payloadFactory)
    {
        hasPayloads = true;
        return base.GetOrAddPayload(payloadFactory);
    }

    public override TPayload AddOrUpdatePayload<TPayload>(PayloadFactory<TPayload> addFactory, UpdatePayloadFactory<TPayload> updateFactory)
    {
        hasPayloads = true;
        return base.AddOrUpdatePayload(addFactory, updateFactory);
    }

    public void AddReceiveTask(Task task) => pending.Add(task);

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

    /// <summary>The payload of a type that is of this context's own; null when there is none. Among them is the <see cref="ConsumeContext"/>.</summary>
    protected abstract object? Own(Type payload);
}
