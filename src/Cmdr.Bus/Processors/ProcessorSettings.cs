namespace Cmdr.Bus;

/// <summary>What an author says of a processor, besides its middleware.</summary>
internal sealed class ProcessorSettings(string group)
{
    public string Group => group;

    public int ConcurrentSubjects { get; set; } = 16;

    public IReadOnlyList<TimeSpan> Backoff { get; set; } = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2)];

    public int MaxSliceRecords { get; set; } = 8000;

    public TimeSpan SliceTime { get; set; } = TimeSpan.FromSeconds(5);

    public Outages Outages { get; } = new();

    /// <summary>Outputs commit with the position: an event is parked, and passed, together or not at all, and only by who owns the partition.</summary>
    public LogGroup LogGroup => new(Group, [Topics.Events], PositionKeeping.WithOutputs) { MaxSliceRecords = MaxSliceRecords };

    public IEnumerable<string> Faults()
    {
        if (ConcurrentSubjects is < 1 or > 10_000) yield return $"{nameof(ConcurrentSubjects)} is {ConcurrentSubjects}; it must be from 1 to 10,000";
        if (MaxSliceRecords is < 1 or > 100_000) yield return $"{nameof(MaxSliceRecords)} is {MaxSliceRecords}; it must be from 1 to 100,000";
        if (SliceTime < TimeSpan.FromMilliseconds(10) || SliceTime > TimeSpan.FromHours(1)) yield return $"{nameof(SliceTime)} is {SliceTime}; it must be from 10 ms to an hour";
        if (Backoff is null || Backoff.Any(pause => pause < TimeSpan.Zero || pause > TimeSpan.FromDays(1))) yield return $"{nameof(Backoff)} has a pause that is not from nothing to a day";
    }
}
