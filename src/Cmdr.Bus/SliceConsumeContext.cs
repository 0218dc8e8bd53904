using System.Diagnostics.CodeAnalysis;
using MassTransit;
using MassTransit.Serialization;

namespace Cmdr.Bus;

/// <summary>A slice as the message that a consumer gets.</summary>
internal sealed class SliceConsumeContext(SliceReceiveContext receive, SerializerContext serializer, Slice slice)
    : LogConsumeContext(receive, serializer), ConsumeContext<Slice>
{
    public Slice Message => slice;

    public override Guid? MessageId => null;

    public override Guid? CorrelationId => null;

    public override Guid? ConversationId => null;

    public override Guid? InitiatorId => null;

    public override DateTime? SentTime => null;

    public override Headers Headers => EmptyHeaders.Instance;

    public override IEnumerable<string> SupportedMessageTypes => LogEndpointContext.MessageTypes;

    public override bool HasMessageType(Type messageType) => messageType == typeof(Slice);

    public override bool TryGetMessage<T>([NotNullWhen(true)] out ConsumeContext<T>? consumeContext)
    {
        consumeContext = this as ConsumeContext<T>;
        return consumeContext is not null;
    }

    public Task NotifyConsumed(TimeSpan duration, string consumerType) => NotifyConsumed(this, duration, consumerType);

    public Task NotifyFaulted(TimeSpan duration, string consumerType, Exception exception) => NotifyFaulted(this, duration, consumerType, exception);
}
