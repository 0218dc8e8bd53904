namespace Cmdr.Handling;

/// <summary>A command that a subject remembers, to know it again.</summary>
/// <param name="Id">The command's id.</param>
/// <param name="Hash">The first half of the SHA-256 of its body.</param>
/// <param name="Offset">Its offset in the commands partition.</param>
/// <param name="Ticks">The time of its answer, UTC.</param>
/// <param name="Outcome">How it ended; null while it has not.</param>
/// <param name="Refusal">Why it was refused; null when it was not.</param>
internal readonly record struct RememberedCommand(Guid Id, UInt128 Hash, long Offset, long Ticks, Outcome? Outcome, Refusal? Refusal);

/// <summary>
/// What a subject knows of its commands: the last 128, and those of the last 15 minutes of log time, 65,536 at most. What is remembered follows from the
/// log alone: it does not depend on how commands were sliced, on aborts, or on when they were forgotten here.
/// </summary>
internal sealed class RememberedCommands
{
    internal const int Last = 128;
    internal const int Most = 65_536;
    internal const long WindowTicks = 15 * TimeSpan.TicksPerMinute;
    private const int Scanned = 16;

    // Live are entries[start..end]; of these, entries[committed..end] are of the slice at work. Entry i has the number removed + i, for ever.
    private RememberedCommand[] entries = [];
    private Dictionary<Guid, long>? index;
    private long removed;
    private int start;
    private int committed;
    private int end;

    /// <summary>The latest command of this id, if it is still remembered by a command answered at <paramref name="ticks"/>.</summary>
    public RememberedCommand? Find(Guid id, long ticks)
    {
        var i = IndexOf(id);
        if (i < start) return null;
        var age = end - i;
        return age <= Last || (age <= Most && ticks - entries[i].Ticks <= WindowTicks) ? entries[i] : null;
    }

    /// <summary>Remembers a command that was just answered, until <see cref="Commit"/> tentatively.</summary>
    public void Add(in RememberedCommand command)
    {
        if (end == entries.Length) MakeRoom();
        entries[end] = command;
        if (index is not null) index[command.Id] = removed + end;
        end++;
    }

    /// <summary>Remembers how the latest command of this id ended.</summary>
    public void Complete(Guid id, Outcome outcome, Refusal? refusal)
    {
        var i = IndexOf(id);
        if (i >= start) entries[i] = entries[i] with { Outcome = outcome, Refusal = refusal };
    }

    /// <summary>Keeps what was added, and forgets what no command answered at <paramref name="ticks"/> or later could find.</summary>
    public void Commit(long ticks)
    {
        committed = end;
        while (end - start > Most || (end - start > Last && ticks - entries[start].Ticks > WindowTicks))
        {
            if (index is not null && index.TryGetValue(entries[start].Id, out var number) && number == removed + start) index.Remove(entries[start].Id);
            entries[start++] = default;
        }
    }

    /// <summary>Forgets what was added since the last <see cref="Commit"/>.</summary>
    public void Abort()
    {
        if (end == committed) return;
        Array.Clear(entries, committed, end - committed);
        end = committed;
        index = null; // an id that was added may have hidden an older entry of the same id
    }

    private int IndexOf(Guid id)
    {
        if (end > start && entries[end - 1].Id == id) return end - 1;
        if (end - start > Scanned) return (index ??= Index()).TryGetValue(id, out var number) ? (int)(number - removed) : -1;
        for (var i = end - 1; i >= start; i--)
        {
            if (entries[i].Id == id) return i;
        }

        return -1;
    }

    private Dictionary<Guid, long> Index()
    {
        var numbers = new Dictionary<Guid, long>(end - start);
        for (var i = start; i < end; i++) numbers[entries[i].Id] = removed + i;
        return numbers;
    }

    private void MakeRoom()
    {
        var live = end - start;
        var target = live >= entries.Length / 2 ? new RememberedCommand[Math.Max(2, entries.Length * 2)] : entries;
        Array.Copy(entries, start, target, 0, live);
        if (target == entries) Array.Clear(entries, live, end - live);
        (entries, removed, committed, start, end) = (target, removed + start, committed - start, 0, live);
    }
}
