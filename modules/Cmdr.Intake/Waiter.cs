namespace Cmdr.Intake;

/// <summary>
/// Gathers the records that answer one command, which is told from its repeats by its position. The position is known only once the append has returned,
/// and an answer may be read before that: until then, whatever may be an answer is kept.
/// </summary>
internal sealed class Waiter(Guid id, Catalog catalog)
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<HistoryRecord> events = [];
    private List<HistoryRecord>? early;
    private Position? command;
    private long answers;
    private HistoryRecord? last;
    private CommandRepeated? repeated;

    /// <summary>The command's id.</summary>
    internal Guid Id => id;

    /// <summary>The next waiter for the same id; kept by <see cref="Waiters"/>.</summary>
    internal Waiter? Next { get; set; }

    /// <summary>Ends with the record that carries the outcome, or quotes it.</summary>
    internal Task Answered => answered.Task;

    /// <summary>The command is on the log: what came early is looked at now.</summary>
    internal void Logged(Position position)
    {
        lock (gate)
        {
            (command, answers) = (position, position.Offset);
            foreach (var record in early ?? []) Take(record);
            early = null;
        }
    }

    /// <summary>A record on <c>events</c> that may answer the command.</summary>
    internal void Offer(HistoryRecord record)
    {
        lock (gate)
        {
            if (command is null) (early ??= []).Add(record);
            else Take(record);
        }
    }

    /// <summary>What is known by now.</summary>
    internal Answer Answer()
    {
        lock (gate) return new(last, repeated, [.. events]);
    }

    private void Take(HistoryRecord record)
    {
        if (record.Position.Partition != command!.Value.Partition || record.Envelope.CommandOffset != answers || answered.Task.IsCompleted) return; // set before any call
        var type = catalog.Event(record.Envelope.Type);
        if (type?.ClrType == typeof(CommandRepeated)) Repeat(record);
        else if (type is not { IsBookkeeping: true }) events.Add(record);
        if (record.Envelope.Outcome is null) return;
        last = record;
        answered.TrySetResult();
    }

    /// <summary>A repeat quotes how the first ended; when the first has not ended, its records are waited for.</summary>
    private void Repeat(HistoryRecord record)
    {
        if (record.Envelope.Body<CommandRepeated>() is not { } quote) return;
        repeated = quote;
        last = record;
        answers = repeated.First;
        if (repeated.Outcome is not null || repeated.Reused) answered.TrySetResult();
    }
}

/// <summary>What a waiter knows of a command.</summary>
/// <param name="Last">The record that carries or quotes the outcome; null while there is none.</param>
/// <param name="Repeated">What the repeat quotes; null when the command is no repeat.</param>
/// <param name="Events">The domain events.</param>
internal readonly record struct Answer(HistoryRecord? Last, CommandRepeated? Repeated, IReadOnlyList<HistoryRecord> Events);
