using System.Net.Mime;
using MassTransit;
using MassTransit.Middleware;
using MassTransit.Serialization;
using MassTransit.Util;

namespace Cmdr.Bus;

/// <summary>A slice on its way through the receive pipe. It carries its own <see cref="ConsumeContext"/>, so nothing is deserialised.</summary>
internal sealed class SliceReceiveContext : ScopePipeContext, ReceiveContext
{
    private readonly LogEndpointContext endpoint;
    private readonly PendingTaskCollection pending = new(0);
    private readonly TimeProvider time;
    private readonly long began;

    public SliceReceiveContext(LogEndpointContext endpoint, Slice slice, TimeProvider time, CancellationToken cancellationToken)
        : base(endpoint)
    {
        this.endpoint = endpoint;
        this.time = time;
        began = time.GetTimestamp();
        CancellationToken = cancellationToken;
        GetOrAddPayload<ConsumeContext>(() => new SliceConsumeContext(this, endpoint.Serializer, slice));
    }

    public override CancellationToken CancellationToken { get; }

    public bool IsDelivered { get; private set; }

    public bool IsFaulted { get; private set; }

    public TimeSpan ElapsedTime => time.GetElapsedTime(began);

    public Uri InputAddress => endpoint.InputAddress;

    public ContentType ContentType => SystemTextJsonMessageSerializer.JsonContentType;

    public bool Redelivered => false;

    public Headers TransportHeaders => EmptyHeaders.Instance;

    public Task ReceiveCompleted => pending.Completed(CancellationToken);

    public ISendEndpointProvider SendEndpointProvider => endpoint.SendEndpointProvider;

    public IPublishEndpointProvider PublishEndpointProvider => endpoint.PublishEndpointProvider;

    /// <summary>Never: a slice that fails comes again, so its failure is no news to other services.</summary>
    public bool PublishFaults => false;

    public MessageBody Body => EmptyMessageBody.Instance;

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
}
