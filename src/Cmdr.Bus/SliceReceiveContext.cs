using MassTransit;
using MassTransit.Serialization;

namespace Cmdr.Bus;

/// <summary>A slice on its way through the receive pipe.</summary>
internal sealed class SliceReceiveContext : LogReceiveContext
{
    private readonly SliceConsumeContext consume;

    public SliceReceiveContext(LogEndpointContext endpoint, Slice slice, TimeProvider time, CancellationToken cancellationToken)
        : base(endpoint, time, cancellationToken) => consume = new(this, endpoint.Serializer, slice);

    public override bool Redelivered => false;

    public override Headers TransportHeaders => EmptyHeaders.Instance;

    protected override object? Own(Type payload) => payload.IsInstanceOfType(consume) ? consume : null;
}
