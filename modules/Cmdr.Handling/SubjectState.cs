namespace Cmdr.Handling;

/// <summary>A subject in memory: its state as of the last command decided, and as of the last commit, to which an abort returns.</summary>
internal sealed class SubjectState(Subject subject, DeciderEngine engine)
{
    private object committedState = engine.Initial;
    private long committedVersion;

    public Subject Subject { get; } = subject;

    public DeciderEngine Engine { get; } = engine;

    public object State { get; private set; } = engine.Initial;

    /// <summary>The sequence of its last event; 0 when there is none.</summary>
    public long Version { get; private set; }

    public RememberedCommands Commands { get; } = new();

    /// <summary>Why its state could not be restored; null when it could. Its next command stops the partition.</summary>
    public UndecidableException? Fault { get; private set; }

    /// <summary>True when the slice at work has changed it.</summary>
    public bool IsTentative { get; private set; }

    public void Change(in RememberedCommand command, object state, long version)
    {
        Commands.Add(command);
        (State, Version, IsTentative) = (state, version, true);
    }

    public void Commit(long ticks)
    {
        (committedState, committedVersion, IsTentative) = (State, Version, false);
        Commands.Commit(ticks);
    }

    public void Abort()
    {
        (State, Version, IsTentative) = (committedState, committedVersion, false);
        Commands.Abort();
    }

    /// <summary>Folds a record of Handling's own, as the log has it.</summary>
    public void Restore(Position position, Envelope e)
    {
        if (Fault is not null) return;
        try
        {
            if (e.Sequence is { } sequence) Fold(e, sequence);
            if (e is { CommandHash: { } hash, CausationId: { } id, CommandOffset: { } offset } && e.Type != Answer.Repeated)
            {
                Commands.Add(new(id, Hash.HalfOf(hash), offset, e.Time.UtcTicks, null, null));
            }

            if (e is { Outcome: { } outcome, CausationId: { } answered }) Commands.Complete(answered, outcome, outcome == Outcome.Refused ? RefusalOf(e) : null);
            Commands.Commit(e.Time.UtcTicks);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Fault = new($"the state of {Subject} cannot be restored from '{e.Type}' at {position}: {fault.Message}", fault);
        }
    }

    private void Fold(Envelope e, long sequence)
    {
        if (sequence != Version + 1) throw new UndecidableException($"its sequence is {sequence}, and that of the event before it {Version}");
        committedState = State = Engine.Evolve(State, e.Type, e.Data.Span);
        committedVersion = Version = sequence;
    }

    private static Refusal RefusalOf(Envelope e)
    {
        var refused = (CommandRefused)Codec.Decode(e.Data.Span, typeof(CommandRefused));
        return new(refused.Code, refused.Message);
    }
}
