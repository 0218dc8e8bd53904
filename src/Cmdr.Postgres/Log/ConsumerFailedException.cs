namespace Cmdr.Postgres;

/// <summary>A group's consumer threw: what it was asked is asked again.</summary>
internal sealed class ConsumerFailedException(Exception inner) : Exception(inner.Message, inner);
