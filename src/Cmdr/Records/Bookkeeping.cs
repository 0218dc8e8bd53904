namespace Cmdr;

/// <summary>
/// The records that Handling writes on <c>events</c> to say what became of a command: they carry no sequence, do not change the subject's version, and live
/// in history, not in the subject's stream.
/// </summary>
public abstract record Bookkeeping;

/// <summary>The command was refused; carries <c>ce_outcome=refused</c>.</summary>
/// <param name="Code">The refusal's code.</param>
/// <param name="Message">The refusal's message; null when the code says it all.</param>
public sealed record CommandRefused(string Code, string? Message = null) : Bookkeeping;

/// <summary>The command was accepted and nothing happened, so that no event carries <c>ce_outcome=completed</c>.</summary>
public sealed record CommandCompleted : Bookkeeping;

/// <summary>A command with an id that its subject remembers; it changed nothing. Carries no <c>ce_outcome</c>.</summary>
/// <param name="First">The offset of the first command of that id, in the same partition.</param>
/// <param name="Outcome">How the first ended; null when it has not.</param>
/// <param name="Code">The code with which the first was refused; null when it was not.</param>
/// <param name="Message">The message with which the first was refused; null when there is none.</param>
/// <param name="Reused">True when the body is another than the first's: the id was used for something else.</param>
public sealed record CommandRepeated(long First, Outcome? Outcome, string? Code = null, string? Message = null, bool Reused = false) : Bookkeeping;
