using System.Diagnostics.CodeAnalysis;
using MassTransit;
using MassTransit.Context;

namespace Cmdr.Bus;

/// <summary>A record of <c>events</c> as the message that a processor gets; what MassTransit asks of a message, its envelope answers.</summary>
/// <param name="receive">On its way through the receive pipe.</param>
/// <param name="endpoint">What all events share.</param>
/// <param name="logged">The record.</param>
/// <param name="isEvent">True when it is a CloudEvent of the contract; its envelope is made when somebody asks for it.</param>
internal abstract class LoggedConsumeContext(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged, bool isEvent)
    : LogConsumeContext(receive, endpoint.Serializer)
{
    private Headers? headers;
    private HistoryRecord? record;

    public LoggedRecord Logged => logged;

    /// <summary>Null when the record is not a CloudEvent of the contract.</summary>
    public HistoryRecord? Record => isEvent ? record ??= new(logged.Position, CloudEventBinding.Read(logged)) : null;

    public override Guid? MessageId => Record?.Envelope.Id;

    public override Guid? CorrelationId => Record?.Envelope.CorrelationId;

    public override Guid? ConversationId => Record?.Envelope.CorrelationId;

    public override Guid? InitiatorId => Record?.Envelope.CausationId;

    public override DateTime? SentTime => Record?.Envelope.Time.UtcDateTime;

    public override Headers Headers => headers ??= new RecordHeaders(logged.Record.Headers);

    public override IEnumerable<string> SupportedMessageTypes => [MessageUrn.ForTypeString<LoggedRecord>()];

    public override bool HasMessageType(Type messageType) => messageType == typeof(LoggedRecord);

    public override bool TryGetMessage<T>([NotNullWhen(true)] out ConsumeContext<T>? consumeContext)
    {
        consumeContext = this as ConsumeContext<T>;
        if (consumeContext is null && MessageForm<T>.Of(this) is { } message) consumeContext = new MessageConsumeContext<T>(this, message);
        return consumeContext is not null;
    }
}

/// <summary>A record for those who take any.</summary>
internal sealed class RecordConsumeContext(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged, bool isEvent)
    : LoggedConsumeContext(receive, endpoint, logged, isEvent);

/// <summary>A record with the event that it holds. Whoever consumes what the event is too (its family, an interface) gets it as that.</summary>
internal sealed class EventConsumeContext<TEvent>(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged, TEvent message)
    : LoggedConsumeContext(receive, endpoint, logged, isEvent: true), ConsumeContext<TEvent>
    where TEvent : class
{
    public TEvent Message => message;

    public override IEnumerable<string> SupportedMessageTypes => [MessageUrn.ForTypeString<TEvent>()];

    public override bool HasMessageType(Type messageType) => typeof(TEvent).IsAssignableTo(messageType);

    public Task NotifyConsumed(TimeSpan duration, string consumerType) => NotifyConsumed(this, duration, consumerType);

    public Task NotifyFaulted(TimeSpan duration, string consumerType, Exception exception) => NotifyFaulted(this, duration, consumerType, exception);
}
