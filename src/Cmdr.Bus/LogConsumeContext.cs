using System.Diagnostics.CodeAnalysis;
using MassTransit;
using MassTransit.Context;
using MassTransit.Metadata;

namespace Cmdr.Bus;

/// <summary>What a log brings as a message. It was not sent to anybody, and nobody waits for a response.</summary>
internal abstract class LogConsumeContext(LogReceiveContext receive, SerializerContext serializer) : BaseConsumeContext(receive, serializer)
{
    private PendingTasks pending;

    public override Task ConsumeCompleted => pending.Completed(CancellationToken);

    public override Guid? RequestId => null;

    public override DateTime? ExpirationTime => null;

    public override Uri SourceAddress => ReceiveContext.InputAddress;

    public override Uri DestinationAddress => ReceiveContext.InputAddress;

    // MassTransit asks for null where there is no such address, though its base class does not say so.
    public override Uri ResponseAddress => null!;

    public override Uri FaultAddress => null!;

    public override HostInfo Host => HostMetadataCache.Host;

    public override void AddConsumeTask(Task task) => pending.Add(task);

    public override bool HasPayloadType(Type payloadType) => payloadType.IsInstanceOfType(this) || ReceiveContext.HasPayloadType(payloadType);

    public override bool TryGetPayload<T>([NotNullWhen(true)] out T? payload)
        where T : class
    {
        payload = this as T;
        return payload is not null || ReceiveContext.TryGetPayload(out payload);
    }

    public override T GetOrAddPayload<T>(PayloadFactory<T> payloadFactory) => this as T ?? ReceiveContext.GetOrAddPayload(payloadFactory);

    public override T AddOrUpdatePayload<T>(PayloadFactory<T> addFactory, UpdatePayloadFactory<T> updateFactory) =>
        this as T ?? ReceiveContext.AddOrUpdatePayload(addFactory, updateFactory);
}
