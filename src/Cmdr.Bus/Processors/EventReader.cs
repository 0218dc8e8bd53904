using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cmdr.Bus;

/// <summary>Reads a record as a message.</summary>
internal abstract class EventReader
{
    /// <exception cref="UnreadableEventException">It cannot be read: it never will be.</exception>
    public abstract LoggedConsumeContext Read(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged);
}

/// <summary>Reads an event of one type.</summary>
internal sealed class EventReader<TEvent> : EventReader
    where TEvent : class
{
    private JsonTypeInfo<TEvent>? json;

    public override LoggedConsumeContext Read(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged)
    {
        if (CloudEventBinding.FaultOf(logged.Record) is { } fault) throw new UnreadableEventException(fault);
        try
        {
            json ??= (JsonTypeInfo<TEvent>)Codec.Options.GetTypeInfo(typeof(TEvent));
            var message = JsonSerializer.Deserialize(logged.Record.Value.Span, json) ?? throw new UnreadableEventException($"its body is null, not a {typeof(TEvent).Name}");
            return new EventConsumeContext<TEvent>(receive, endpoint, logged, message);
        }
        catch (Exception exception) when (exception is not UnreadableEventException and not OutOfMemoryException)
        {
            throw new UnreadableEventException($"its body is not a {typeof(TEvent).Name}: {exception.GetBaseException().Message}", exception);
        }
    }
}

/// <summary>Reads a record of any type, declared or not.</summary>
/// <param name="mustBeEvent">Whether it must be a CloudEvent: where somebody asks for its envelope.</param>
internal sealed class RecordReader(bool mustBeEvent) : EventReader
{
    public override LoggedConsumeContext Read(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged)
    {
        var fault = CloudEventBinding.FaultOf(logged.Record);
        if (fault is not null && mustBeEvent) throw new UnreadableEventException(fault);
        return new RecordConsumeContext(receive, endpoint, logged, isEvent: fault is null);
    }
}

/// <summary>A record cannot be read as what its type says it is.</summary>
internal sealed class UnreadableEventException(string fault, Exception? inner = null) : Exception($"The event cannot be read: {fault}.", inner);
