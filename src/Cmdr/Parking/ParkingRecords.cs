using System.Collections.Frozen;

namespace Cmdr;

/// <summary>How the records of <c>parked</c> are written, and by which names they are read.</summary>
public static class ParkingRecords
{
    private static readonly FrozenDictionary<string, Type> Types = new[] { typeof(EventParked), typeof(ParkedEventHandled), typeof(ParkedRetryRequested), typeof(ParkedEventsDropped) }
        .ToFrozenDictionary(Naming.Of);

    /// <summary>Writes one.</summary>
    /// <param name="parking">What happened.</param>
    /// <param name="subject">The subject of the event that it is about.</param>
    /// <param name="time">When, UTC.</param>
    /// <param name="cause">The event that it is about; null when an operator asks, or the event cannot be read.</param>
    /// <param name="actor">The operator who asks; null when anonymous, or when a processor writes.</param>
    public static Envelope Of(Parking parking, Subject subject, DateTimeOffset time, Envelope? cause = null, string? actor = null)
    {
        ArgumentNullException.ThrowIfNull(parking);
        return new()
        {
            Id = Guid.CreateVersion7(time),
            Type = Naming.Of(parking.GetType()),
            Subject = subject,
            Time = time,
            Data = Codec.Encode(parking),
            CorrelationId = cause?.CorrelationId,
            CausationId = cause?.Id,
            Actor = actor,
        };
    }

    /// <summary>The record of this name; null when it is none of these.</summary>
    internal static Type? TypeOf(string name) => Types.GetValueOrDefault(name);
}
