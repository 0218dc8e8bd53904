namespace Cmdr.Bus;

/// <summary>
/// How many events a processor wants in a slice: as many as it handles in a fifth of the time that a slice may take, so that the group's position follows a slow
/// consumer closely and costs a fast one little; enough, in any case, to keep its subjects at work.
/// </summary>
internal sealed class SliceSize
{
    private const int Few = 200;

    private readonly int least;
    private readonly int most;
    private readonly TimeSpan aim;

    public SliceSize(ProcessorSettings settings)
    {
        (most, aim) = (settings.MaxSliceRecords, settings.SliceTime / 5);
        Records = least = Math.Min(most, Math.Max(Few, 4 * settings.ConcurrentSubjects));
    }

    public int Records { get; private set; }

    /// <summary>A slice of so many events took so long. One that was not full says something only where it took too long.</summary>
    public void Handled(int events, TimeSpan time)
    {
        if (events == 0 || (events < Records && time <= aim)) return;
        Records = (int)Math.Clamp(Math.Min(events * (aim / time), 2.0 * Records), least, most);
    }

    /// <summary>A slice was not finished in its time: what of it is handled can be acknowledged by a smaller one.</summary>
    public void Unfinished() => Records = least;
}
