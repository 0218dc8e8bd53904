using System.Text.Json;

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
    public override LoggedConsumeContext Read(EventReceiveContext receive, LogEndpointContext endpoint, LoggedRecord logged)
    {
        if (!CloudEventBinding.TryRead(logged.Record, out var envelope, out var fault)) throw new UnreadableEventException(fault);
        try
        {
            var message = JsonSerializer.Deserialize<TEvent>(envelope.Data.Span, Codec.Options) ?? throw new UnreadableEventException($"its body is null, not a {typeof(TEvent).Name}");
            return new EventConsumeContext<TEvent>(receive, endpoint, logged, new(logged.Position, envelope), message);
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
        var isEvent = CloudEventBinding.TryRead(logged.Record, out var envelope, out var fault);
        if (!isEvent && mustBeEvent) throw new UnreadableEventException(fault!); // not null: it was not read
        return new RecordConsumeContext(receive, endpoint, logged, envelope is null ? null : new(logged.Position, envelope));
    }
}

/// <summary>A record cannot be read as what its type says it is.</summary>
internal sealed class UnreadableEventException(string fault, Exception? inner = null) : Exception($"The event cannot be read: {fault}.", inner);
