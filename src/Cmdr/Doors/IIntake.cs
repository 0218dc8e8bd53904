namespace Cmdr;

/// <summary>The door for commands: checks shape, gives identity, stamps, appends, and waits. Open in every host.</summary>
public interface IIntake
{
    /// <summary>Submits commands. If one is malformed, none is appended. Not atomic otherwise: each has its receipt; order holds per subject.</summary>
    /// <param name="commands">One or more.</param>
    /// <param name="options">How long to wait, for what, and who asks.</param>
    /// <param name="cancellationToken">Ends the wait; once the log was asked to append, it no longer undoes the append.</param>
    /// <exception cref="LogException">The log failed. Retrying with the same ids is safe.</exception>
    Task<Submitted> Submit(IReadOnlyList<Submission> commands, SubmitOptions options, CancellationToken cancellationToken);
}

/// <summary>A command to submit.</summary>
/// <param name="Type">Its name, kebab-case.</param>
/// <param name="Data">Its body, JSON in UTF-8.</param>
/// <param name="Id">The client's own id, by which a repeat is known; null for a new one.</param>
public sealed record Submission(string Type, ReadOnlyMemory<byte> Data, Guid? Id = null)
{
    /// <summary>What the paths of faults begin with, such as <c>commands[2].data</c>; empty for none.</summary>
    public string Path { get; init; } = "";

    /// <summary>A typed command.</summary>
    public static Submission Of(object command, Guid? id = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new(Naming.Of(command.GetType()), Codec.Encode(command), id);
    }

    /// <summary>A typed command that follows from an event: its id is derived, so that handling the event again submits the same command.</summary>
    /// <param name="command">The command's record.</param>
    /// <param name="cause">The event's id.</param>
    /// <param name="consumer">Who submits, such as a processor's group: another consumer's commands have other ids.</param>
    /// <param name="ordinal">Which of the commands that follow from the event, from 0.</param>
    public static Submission From(object command, Guid cause, string consumer, int ordinal = 0) => Of(command, DerivedId.Of(cause, consumer, ordinal));
}

/// <summary>What a submission waits for, and who asks.</summary>
public sealed record SubmitOptions
{
    /// <summary>What to wait for.</summary>
    public Wait Wait { get; init; } = Wait.Completed;

    /// <summary>How long; when it runs out, or the host stops (<see cref="LastCall"/>), the receipt says so, and the command goes on.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Who, as authenticated; null when anonymous.</summary>
    public string? Actor { get; init; }

    /// <summary>The narrative that the commands go on with; null where each begins one of its own.</summary>
    public Guid? CorrelationId { get; init; }

    /// <summary>The record that the commands follow from, such as an event that a processor handles; null at the beginning of a narrative.</summary>
    public Guid? CausationId { get; init; }
}

/// <summary>What a submission may wait for.</summary>
public enum Wait
{
    /// <summary>The command is durably on the log.</summary>
    Logged,

    /// <summary>Its outcome is on the log.</summary>
    Completed,

    /// <summary>Views and history show it.</summary>
    Projected,
}

/// <summary>What became of a request: faults and nothing on the log, or a receipt for each command in the order of the request.</summary>
/// <param name="Receipts">Empty when there are faults.</param>
/// <param name="Faults">Empty when every command is well formed.</param>
public sealed record Submitted(IReadOnlyList<Receipt> Receipts, IReadOnlyList<ShapeFault> Faults);

/// <summary>What is known of a command at the level reached.</summary>
public sealed record Receipt
{
    /// <summary>The command's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The command's type.</summary>
    public required string Type { get; init; }

    /// <summary>The command's subject.</summary>
    public required Subject Subject { get; init; }

    /// <summary>The last record known: the command's own, or the one that carries its outcome.</summary>
    public required Position Position { get; init; }

    /// <summary>How far it is known to have come.</summary>
    public required Status Status { get; init; }

    /// <summary>True when views and history show it, as far as the wait looked.</summary>
    public bool Projected { get; init; }

    /// <summary>True when the wait ran out before what it waited for.</summary>
    public bool TimedOut { get; init; }

    /// <summary>True when the subject knew the id already: this receipt tells of the first.</summary>
    public bool Repeated { get; init; }

    /// <summary>True when the subject knew the id with another body: nothing was done.</summary>
    public bool Reused { get; init; }

    /// <summary>The business "no"; null when there is none.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The domain events that the command caused, as far as they are known.</summary>
    public IReadOnlyList<HistoryRecord> Events { get; init; } = [];
}

/// <summary>How far a command has come.</summary>
public enum Status
{
    /// <summary>On the log.</summary>
    Logged,

    /// <summary>Accepted, to be decided when due.</summary>
    Scheduled,

    /// <summary>It started a saga that has not ended.</summary>
    Started,

    /// <summary>Accepted, and all that follows is recorded.</summary>
    Completed,

    /// <summary>Refused.</summary>
    Refused,

    /// <summary>Set aside after a failure, to be retried or dropped.</summary>
    Parked,
}
