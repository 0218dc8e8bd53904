using System.Reflection;
using MassTransit;

namespace Cmdr.Bus;

/// <summary>The forms other than the event itself in which a consumer may ask for a record: as it is on the log, read, or the event with what the log knows of it.</summary>
internal static class MessageForm
{
    /// <summary>The event of a <see cref="Cmdr.Recorded{TEvent}"/>; null for any other type.</summary>
    public static Type? RecordedEvent(Type message) =>
        message.IsGenericType && message.GetGenericTypeDefinition() == typeof(Recorded<>) ? message.GenericTypeArguments[0] : null;

    /// <summary>True when any record will do.</summary>
    public static bool IsRaw(Type message) => message == typeof(LoggedRecord) || message == typeof(HistoryRecord);

    public static Recorded<TEvent>? Recorded<TEvent>(LoggedConsumeContext context)
        where TEvent : class => context is ConsumeContext<TEvent> { Message: var message } && context.Record is { } record ? Recorded(message, record) : null;

    public static Recorded<TEvent> Recorded<TEvent>(TEvent message, HistoryRecord record)
        where TEvent : class =>
        new(message, record.Envelope.Subject, record.Envelope.Sequence, record.Envelope.Time, record.Position, record.Envelope.Actor);
}

/// <summary>How to make a message of one type of a record.</summary>
internal static class MessageForm<TMessage>
    where TMessage : class
{
    private static readonly Func<LoggedConsumeContext, TMessage?> Maker = Make();

    /// <summary>Null when the record has no such form.</summary>
    public static TMessage? Of(LoggedConsumeContext context) => Maker(context);

    private static Func<LoggedConsumeContext, TMessage?> Make()
    {
        if (typeof(TMessage) == typeof(LoggedRecord)) return context => (TMessage)(object)context.Logged;
        if (typeof(TMessage) == typeof(HistoryRecord)) return context => (TMessage?)(object?)context.Record;
        if (MessageForm.RecordedEvent(typeof(TMessage)) is not { } e) return _ => null;
        var method = typeof(MessageForm).GetMethod(nameof(MessageForm.Recorded), BindingFlags.Public | BindingFlags.Static, [typeof(LoggedConsumeContext)])!; // it is above
        return method.MakeGenericMethod(e).CreateDelegate<Func<LoggedConsumeContext, TMessage?>>();
    }
}
