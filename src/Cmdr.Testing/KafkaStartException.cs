namespace Cmdr.Testing;

/// <summary>There is no Kafka, or a node of it does not do what it is told; the message says why.</summary>
/// <param name="message">What to set, or what the node said.</param>
public sealed class KafkaStartException(string message) : Exception(message);
