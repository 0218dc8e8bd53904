namespace Cmdr;

/// <summary>
/// A message as the contract on the log states it: the attributes and extensions of a CloudEvent, and its JSON data.
/// </summary>
/// <remarks>Source: CloudEvents 1.0.2, section "Context Attributes"; the extensions are Cmdr's own.</remarks>
public sealed record Envelope
{
    /// <summary><c>ce_id</c>: a command's is a UUID of its sender's or version 7; a record's of Handling is derived.</summary>
    public required Guid Id { get; init; }

    /// <summary><c>ce_type</c>: the message's name, kebab-case.</summary>
    public required string Type { get; init; }

    /// <summary><c>ce_subject</c>, and the record's key.</summary>
    public required Subject Subject { get; init; }

    /// <summary><c>ce_time</c>, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The body: JSON in UTF-8.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary><c>ce_source</c>: who wrote it, a URI reference.</summary>
    public string Source { get; init; } = "/cmdr";

    /// <summary><c>ce_correlationid</c>: the id of the narrative's first command; null for records of foreign processes that do not say.</summary>
    public Guid? CorrelationId { get; init; }

    /// <summary><c>ce_causationid</c>: the direct parent; null at the beginning of a narrative.</summary>
    public Guid? CausationId { get; init; }

    /// <summary><c>ce_actor</c>: who, as authenticated; null when anonymous.</summary>
    public string? Actor { get; init; }

    /// <summary><c>ce_sequence</c>: the subject's version after this event, from 1; null on all but domain events of Handling.</summary>
    public long? Sequence { get; init; }

    /// <summary><c>ce_commandoffset</c>: the offset of the command that this answers, in the commands partition of the same number; null on all but records of Handling.</summary>
    public long? CommandOffset { get; init; }

    /// <summary><c>ce_commandhash</c>: SHA-256 of the command's body, lower-case hex, on the first record that answers it; null elsewhere.</summary>
    public string? CommandHash { get; init; }

    /// <summary><c>ce_expectedsequence</c>: the version of the subject that the sender of a command expects; null when any will do.</summary>
    public long? ExpectedSequence { get; init; }

    /// <summary><c>ce_outcome</c>: on the last record that answers a command; null elsewhere.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary><c>ce_saga</c>: the subject of the saga instance that issued the command; null without one.</summary>
    public string? Saga { get; init; }

    /// <summary><c>ce_notbefore</c>: when a scheduled command is due, UTC; null: at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary><c>ce_dataschema</c>: where the JSON Schema of the data is; null when unsaid.</summary>
    public string? DataSchema { get; init; }

    /// <summary><c>traceparent</c>, as W3C Trace Context writes it; null when not traced.</summary>
    public string? TraceParent { get; init; }

    /// <summary><c>tracestate</c>; null when there is none.</summary>
    public string? TraceState { get; init; }
}

/// <summary>How a command ended.</summary>
public enum Outcome
{
    /// <summary>It was accepted, and all that follows from it is recorded.</summary>
    Completed,

    /// <summary>It was refused: a business "no".</summary>
    Refused,
}
