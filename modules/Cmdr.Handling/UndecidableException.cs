namespace Cmdr.Handling;

/// <summary>A record of <c>commands</c> that this host cannot decide, whatever the state; it stops its partition and stays on the log.</summary>
/// <param name="reason">Why, as the rest of a sentence.</param>
/// <param name="innerException">What was thrown; null when nothing was.</param>
internal sealed class UndecidableException(string reason, Exception? innerException = null) : Exception(reason, innerException);
