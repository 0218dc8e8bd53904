namespace Cmdr;

/// <summary>What stops a host's start and its operator or author can mend: the message is a sentence that says what to set, install or change.</summary>
/// <param name="message">What is wrong, and the fix.</param>
/// <param name="innerException">What it was found by; null when it was found by looking.</param>
public abstract class StartException(string message, Exception? innerException = null) : Exception(message, innerException);
