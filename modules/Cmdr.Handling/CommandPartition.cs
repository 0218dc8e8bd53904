using System.Collections.Frozen;

namespace Cmdr.Handling;

/// <summary>
/// A partition of <c>commands</c> while this host owns it: the state of every subject in it. What the slice at work changes is tentative until
/// <see cref="Commit"/>; <see cref="Abort"/> undoes it.
/// </summary>
internal sealed class CommandPartition(int number, int partitions, FrozenDictionary<string, DeciderEngine> engines)
{
    private readonly Dictionary<byte[], SubjectState> subjects = new(KeyComparer.Instance);
    private readonly List<SubjectState> tentative = [];
    private readonly List<LogRecord> answers = [];
    private DateTimeOffset committedTime;
    private DateTimeOffset time;

    /// <summary>One past the highest offset of a command that is answered on the log.</summary>
    public long Answered { get; private set; }

    /// <summary>Decides a command and appends its answers to the slice; all of it or, when it throws, nothing.</summary>
    public Decided Decide(LoggedRecord logged, Slice slice)
    {
        if (!CloudEventBinding.TryRead(logged.Record, out var command, out var fault)) throw new UndecidableException($"it is no message of the contract: {fault}");
        var key = logged.Record.Key.Span;
        var subject = Known(key) ?? Meet(key, command.Subject);
        if (subject.Fault is { } unrestored) throw unrestored;

        using var span = HandlingTelemetry.Decide(command);
        var answeredAt = command.Time > time ? command.Time : time;
        var hash = Hash.Of(command.Data.Span);
        var answer = new Answer(command, logged.Position.Offset, hash, answeredAt, span);
        answers.Clear();
        var decided = subject.Commands.Find(command.Id, answeredAt.UtcTicks) is { } first
            ? Repeat(ref answer, first)
            : Decide(ref answer, subject, command, new(command.Id, hash.Half, logged.Position.Offset, answeredAt.UtcTicks, null, null));
        time = answeredAt;
        foreach (var record in answers) slice.Append(Topics.Events, record);
        return decided;
    }

    /// <summary>Publishes what the slice changed.</summary>
    public void Commit()
    {
        committedTime = time;
        foreach (var subject in tentative) subject.Commit(time.UtcTicks);
        tentative.Clear();
    }

    /// <summary>Undoes what the slice changed.</summary>
    public void Abort()
    {
        time = committedTime;
        foreach (var subject in tentative) subject.Abort();
        tentative.Clear();
    }

    /// <summary>Folds a record of <c>events</c>; false when it is Handling's own but on a partition where its subject does not belong.</summary>
    public bool Restore(LoggedRecord logged)
    {
        if (!CloudEventBinding.TryRead(logged.Record, out var e, out _) || e.CommandOffset is not { } commandOffset) return true; // a foreign record
        var key = logged.Record.Key.Span;
        var subject = Known(key);
        if (subject is null && Murmur2.Partition(key, partitions) != number) return false;
        Answered = Math.Max(Answered, commandOffset + 1);
        if (e.Time > time) committedTime = time = e.Time;
        if (subject is null)
        {
            if (!engines.TryGetValue(e.Subject.Category, out var engine)) return true; // of a domain that was removed: kept on the log, and no state of ours
            subject = Add(key, new(e.Subject, engine));
        }

        subject.Restore(logged.Position, e);
        return true;
    }

    /// <summary>What keeps subjects from being restored, a sentence each.</summary>
    public IEnumerable<string> Faults() => subjects.Values.Where(subject => subject.Fault is not null).Select(subject => subject.Fault!.Message);

    private Decided Repeat(ref Answer answer, in RememberedCommand first)
    {
        answers.Add(answer.Repeat(first));
        return Decided.Repeated;
    }

    private Decided Decide(ref Answer answer, SubjectState subject, Envelope command, in RememberedCommand remembered)
    {
        var (refusal, state, events) = subject.Engine.Decide(subject.State, command);
        for (var i = 0; i < events.Length; i++) answers.Add(answer.Event(events[i], subject.Version + i + 1, i == events.Length - 1));
        if (refusal is not null) answers.Add(answer.Refuse(refusal));
        else if (events.Length == 0) answers.Add(answer.Complete());

        if (!subject.IsTentative) tentative.Add(subject);
        var outcome = refusal is null ? Outcome.Completed : Outcome.Refused;
        subject.Change(remembered with { Outcome = outcome, Refusal = refusal }, state, subject.Version + events.Length);
        return refusal is null ? Decided.Accepted : Decided.Refused;
    }

    private SubjectState Meet(ReadOnlySpan<byte> key, Subject subject)
    {
        var home = Murmur2.Partition(key, partitions);
        if (home != number) throw new UndecidableException($"its key '{subject}' belongs on partition {home} of {partitions}");
        if (!engines.TryGetValue(subject.Category, out var engine)) throw new UndecidableException($"no module on this host declares a decider of '{subject.Category}'");
        return Add(key, new(subject, engine));
    }

    private SubjectState? Known(ReadOnlySpan<byte> key) => subjects.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var known) ? known : null;

    private SubjectState Add(ReadOnlySpan<byte> key, SubjectState subject)
    {
        subjects.Add(key.ToArray(), subject);
        return subject;
    }
}

/// <summary>How a command was decided.</summary>
internal enum Decided
{
    Accepted,
    Refused,
    Repeated,
}
