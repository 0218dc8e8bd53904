using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace Cmdr.Bus;

/// <summary>What became of a slice's events, and the records that say so.</summary>
internal sealed partial class SliceOutcome
{
    private const int LongestError = 4000;

    private readonly List<LogRecord> records = [];
    private readonly List<Guid> written = [];
    private readonly List<(Subject Subject, Position Position, Exception Error)> failures = [];
    private readonly DateTimeOffset now;
    private readonly string group;
    private int handled;
    private int behind;

    public SliceOutcome(ProcessorParts parts, Slice slice, IReadOnlyDictionary<int, PartitionWork> owned, IReadOnlyList<RetriedEvent> retried)
    {
        (group, now) = (parts.Settings.Group, parts.Time.GetUtcNow());
        foreach (var one in retried) Retried(one);
        foreach (var (partition, offset) in slice.Positions)
        {
            foreach (var item in owned[partition.Partition].Below(offset)) Delivered(item);
        }
    }

    /// <summary>The ids of its records.</summary>
    public IReadOnlyList<Guid> Written => written;

    public void AppendTo(Slice slice)
    {
        foreach (var record in records) slice.Append(Topics.Parked, record);
    }

    /// <summary>Tells operators, once it is committed.</summary>
    public void Tell(ProcessorParts parts)
    {
        parts.Meters.Handled(handled);
        parts.Meters.Parked(failures.Count, behind);
        foreach (var (subject, position, error) in failures) LogParked(parts.Logger, error, group, subject, position);
    }

    private void Retried(RetriedEvent one)
    {
        switch (one.Item.Outcome)
        {
            case Outcome.Handled:
                handled++;
                Write(new ParkedEventHandled(group, one.Parked.Position.ToString()), one.Parked.Subject, one.Item.Logged);
                break;
            case Outcome.Failed:
                Failed(one.Item, one.Parked.Subject);
                break;
            case Outcome.Interrupted:
                ExceptionDispatchInfo.Throw(one.Item.Error!); // what interrupted it
                break;
        }
    }

    private void Delivered(WorkItem item)
    {
        switch (item.Outcome)
        {
            case Outcome.Handled:
                handled++;
                break;
            case Outcome.Failed:
                Failed(item, SlicePlan.SubjectOf(item.Logged!)); // a slice brought it
                break;
            case Outcome.Behind:
                behind++;
                Park(item, SlicePlan.SubjectOf(item.Logged!), null); // likewise
                break;
            case Outcome.Interrupted:
                ExceptionDispatchInfo.Throw(item.Error!); // what interrupted it
                break;
        }
    }

    private void Failed(WorkItem item, Subject subject)
    {
        var cause = item.Error!.GetBaseException(); // it failed by one
        failures.Add((subject, item.Position, item.Error));
        var text = item.Error is UnreadableEventException ? item.Error.Message : $"{cause.GetType().Name}: {cause.Message}";
        Park(item, subject, text.Length <= LongestError ? text : text[..LongestError]);
    }

    private void Park(WorkItem item, Subject subject, string? error)
    {
        var headers = item.Logged?.Record.Headers ?? [];
        var record = new RecordHeaders(headers);
        var id = Guid.TryParse(record.Get<string>("ce_id"), out var given) ? given : default(Guid?);
        Write(new EventParked(group, item.Position.ToString(), record.Get<string>("ce_type"), id, error), subject, item.Logged);
    }

    private void Write(Parking parking, Subject subject, LoggedRecord? about)
    {
        var cause = about is not null && CloudEventBinding.TryRead(about.Record, out var read, out _) ? read : null;
        var envelope = ParkingRecords.Of(parking, subject, now, cause);
        written.Add(envelope.Id);
        records.Add(CloudEventBinding.Write(envelope));
    }

    [LoggerMessage(LogLevel.Error, "{Group} parked {Subject}: the event at {Position} keeps failing. What comes for the subject waits behind it until it is retried or dropped.")]
    private static partial void LogParked(ILogger logger, Exception exception, string group, Subject subject, Position position);
}
