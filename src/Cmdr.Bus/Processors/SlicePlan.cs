using System.Text;

namespace Cmdr.Bus;

/// <summary>Says what is to be done for a slice: first what was parked and is to be tried again, then its events, which wait where their subject is parked.</summary>
internal sealed class SlicePlan(ProcessorParts parts, ParkedLedger parked)
{
    /// <summary>The most parked events that are tried again for one slice.</summary>
    private const int MostRetried = 100;

    /// <summary>Adds to the work of the slice's partitions.</summary>
    /// <returns>The parked events that are tried again.</returns>
    public async Task<IReadOnlyList<RetriedEvent>> Make(Slice slice, IReadOnlyDictionary<int, PartitionWork> owned, SliceWait wait, CancellationToken cancellationToken)
    {
        var retried = new List<RetriedEvent>();
        foreach (var partition in slice.Positions.Keys)
        {
            var subjects = parked.Of(partition.Partition);
            if (subjects.Count > 0) await Retry(owned[partition.Partition], subjects.Values, retried, cancellationToken).ConfigureAwait(false);
        }

        for (var i = 0; i < slice.Records.Count;) i = Add(slice, i, owned, retried);
        foreach (var (partition, offset) in slice.Positions)
        {
            owned[partition.Partition].Reach(offset);
            owned[partition.Partition].Join(wait, offset);
        }

        foreach (var one in retried) one.Item.Join(wait);
        return retried;
    }

    private async Task Retry(PartitionWork work, IEnumerable<ParkedSubject> subjects, List<RetriedEvent> retried, CancellationToken cancellationToken)
    {
        var wanted = subjects.Where(subject => subject.IsReady).SelectMany(subject => subject.Events.Values).Take(MostRetried).ToList();
        if (wanted.Count == 0) return;
        var fresh = wanted.Where(one => work.Retried(one.Position) is null).ToList();
        var records = await parts.Log.ReadAt([.. fresh.Select(one => one.Position)], cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < fresh.Count; i++)
        {
            // A consumer that was changed may no longer want it: whoever reads any record would then fail it, and an operator sees it.
            var reader = (records[i] is { } logged ? parts.Readers.Find(logged.Record) : null) ?? new RecordReader(mustBeEvent: true);
            work.Add(new(fresh[i].Position, records[i], reader, staysBehind: false) { IsRetried = true }, fresh[i].Subject.Key());
        }

        retried.AddRange(wanted.Select(one => new RetriedEvent(one, work.Retried(one.Position)!))); // added above
    }

    private int Add(Slice slice, int first, IReadOnlyDictionary<int, PartitionWork> owned, List<RetriedEvent> retried)
    {
        var number = slice.Records[first].Position.Partition;
        var (work, subjects) = (owned[number], parked.Of(number));
        var i = first;
        for (; i < slice.Records.Count && slice.Records[i].Position.Partition == number; i++)
        {
            var logged = slice.Records[i];
            if (work.Knows(logged.Position.Offset) || parts.Readers.Find(logged.Record) is not { } reader) continue;
            var before = subjects.Count == 0 ? null : subjects.GetValueOrDefault(SubjectOf(logged));
            // It was parked, and then the position was lost or set back: it is in the queue already.
            if (before?.Events.ContainsKey(logged.Position) == true) continue;
            var staysBehind = before is not null && !before.Events.Keys.All(position => retried.Exists(one => one.Parked.Position == position));
            work.Add(new(logged.Position, logged, reader, staysBehind), logged.Record.Key);
        }

        return i;
    }

    /// <summary>The subject by which a record is parked. One without a subject has a queue of its own: nothing can be said to come after it.</summary>
    public static Subject SubjectOf(LoggedRecord logged)
    {
        var text = Encoding.UTF8.GetString(logged.Record.Key.Span);
        return Subject.TryParse(text, out var subject) && logged.Record.Key.Span.SequenceEqual(subject.Key()) ? subject : new("unreadable", logged.Position.ToString());
    }
}

/// <summary>A parked event that is tried again.</summary>
/// <param name="Parked">What is known of it.</param>
/// <param name="Item">Its handling.</param>
internal sealed record RetriedEvent(ParkedEvent Parked, WorkItem Item);
