using System.Text.Json;

namespace Cmdr;

/// <summary>What is parked, as the records of <c>parked</c> say, taken in their order. Not for several threads at once.</summary>
public sealed class ParkedSubjects
{
    private readonly Dictionary<(string Group, Subject Subject), ParkedSubject> subjects = [];

    /// <summary>Every subject that has parked events.</summary>
    public IReadOnlyCollection<ParkedSubject> All => subjects.Values;

    /// <summary>What of a subject is parked; null when nothing of it is parked for the group.</summary>
    public ParkedSubject? Find(string group, Subject subject) => subjects.GetValueOrDefault((group, subject));

    /// <summary>Takes the next record; one that is none of these is passed over, for anyone may write to the topic.</summary>
    /// <returns>Whose events it is about; null when it is none of these records.</returns>
    public (string Group, Subject Subject)? Apply(LoggedRecord logged)
    {
        ArgumentNullException.ThrowIfNull(logged);
        if (!CloudEventBinding.TryRead(logged.Record, out var envelope, out _) || Read(envelope) is not { Group: not null } record) return null;
        var key = (record.Group, envelope.Subject);
        if (Next(subjects.GetValueOrDefault(key), record, envelope) is { } next) subjects[key] = next;
        else subjects.Remove(key);
        return key;
    }

    private static ParkedSubject? Next(ParkedSubject? parked, Parking record, Envelope envelope) => record switch
    {
        EventParked x when Position.TryParse(x.Position, out var position) => With(
            parked, new(x.Group, envelope.Subject, position, x.Type, x.Event, x.Error, envelope.Time, x.Error is null ? 0 : 1)),
        ParkedEventHandled x when Position.TryParse(x.Position, out var position) => parked?.Without(position),
        ParkedEventsDropped { Position: null } => null,
        ParkedEventsDropped x when Position.TryParse(x.Position, out var position) => parked?.Without(position),
        ParkedRetryRequested => parked?.Retried(),
        _ => parked,
    };

    private static ParkedSubject With(ParkedSubject? before, ParkedEvent parked) => before?.With(parked) ?? ParkedSubject.Of(parked);

    private static Parking? Read(Envelope envelope)
    {
        var type = ParkingRecords.TypeOf(envelope.Type);
        if (type is null) return null;
        try
        {
            return (Parking)Codec.Decode(envelope.Data.Span, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
