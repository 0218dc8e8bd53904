using System.Collections.Frozen;

namespace Cmdr.Bus;

/// <summary>What a group has parked of one partition.</summary>
internal sealed class ParkedPartition(string group)
{
    private readonly ParkedSubjects parked = new();
    private FrozenDictionary<Subject, ParkedSubject>? snapshot;

    public static IReadOnlyDictionary<Subject, ParkedSubject> Nothing { get; } = FrozenDictionary<Subject, ParkedSubject>.Empty;

    /// <summary>The next offset to read.</summary>
    public long Next { get; private set; }

    public IEnumerable<ParkedSubject> Subjects => Snapshot.Values;

    public bool IsReady => Snapshot.Values.Any(subject => subject.IsReady);

    /// <summary>By subject; never changed.</summary>
    public IReadOnlyDictionary<Subject, ParkedSubject> Snapshot => snapshot ??=
        parked.All.Where(subject => subject.Group == group).ToFrozenDictionary(subject => subject.Subject);

    /// <summary>Takes a record, once; true when it is about the group.</summary>
    public bool Apply(LoggedRecord logged)
    {
        if (logged.Position.Offset < Next) return false;
        Next = logged.Position.Offset + 1;
        if (parked.Apply(logged) is not { } about || about.Group != group) return false;
        snapshot = null;
        return true;
    }

    /// <summary>Everything before an offset is read, also where there is nothing for us.</summary>
    public void Reach(long offset) => Next = Math.Max(Next, offset);
}
