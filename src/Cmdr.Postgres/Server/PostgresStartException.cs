namespace Cmdr.Postgres;

/// <summary>PostgreSQL could not be started or reached; the message is one line that says what to set or install.</summary>
/// <param name="message">What is wrong, and what to do.</param>
/// <param name="inner">What it follows from; null when nothing was thrown.</param>
public sealed class PostgresStartException(string message, Exception? inner = null) : StartException(message, inner);
