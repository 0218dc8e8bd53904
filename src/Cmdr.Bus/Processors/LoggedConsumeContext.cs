using System.Diagnostics.CodeAnalysis;
using MassTransit;
using MassTransit.Context;

namespace Cmdr.Bus;

/// <summary>A record of <c>events</c> as the message that a processor gets; what MassTransit asks of a message, its envelope answers.</summary>
internal abstract class LoggedConsumeContext(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged, HistoryRecord? record)
    : LogConsumeContext(receive, endpoint.Serializer)
{
    private Headers? headers;

    public LoggedRecord Logged => logged;

    /// <summary>Null when the record is not a CloudEvent of the contract.</summary>
    public HistoryRecord? Record => record;

    public override Guid? MessageId => record?.Envelope.Id;

    public override Guid? CorrelationId => record?.Envelope.CorrelationId;

    public override Guid? ConversationId => record?.Envelope.CorrelationId;

    public override Guid? InitiatorId => record?.Envelope.CausationId;

    public override DateTime? SentTime => record?.Envelope.Time.UtcDateTime;

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
internal sealed class RecordConsumeContext(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged, HistoryRecord? record)
    : LoggedConsumeContext(receive, endpoint, logged, record);

/// <summary>A record with the event that it holds. Whoever consumes what the event is too (its family, an interface) gets it as that.</summary>
internal sealed class EventConsumeContext<TEvent>(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged, HistoryRecord record, TEvent message)
    : LoggedConsumeContext(receive, endpoint, logged, record), ConsumeContext<TEvent>
    where TEvent : class
{
    public TEvent Message => message;

    public override IEnumerable<string> SupportedMessageTypes => [MessageUrn.ForTypeString<TEvent>()];

    public override bool HasMessageType(Type messageType) => typeof(TEvent).IsAssignableTo(messageType);

    public Task NotifyConsumed(TimeSpan duration, string consumerType) => NotifyConsumed(this, duration, consumerType);

    public Task NotifyFaulted(TimeSpan duration, string consumerType, Exception exception) => NotifyFaulted(this, duration, consumerType, exception);
}
