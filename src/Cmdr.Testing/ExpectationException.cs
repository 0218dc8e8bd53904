namespace Cmdr.Testing;

/// <summary>Something was not as it should be: what was expected, and what was found. Any test framework reports it as a failure.</summary>
/// <param name="message">Expected and found, for people.</param>
public sealed class ExpectationException(string message) : Exception(message);
