namespace Cmdr.Kafka;

/// <summary>The brokers cannot be used as they are: a topic's setting, a right or a credential is wrong, and the message says which.</summary>
internal sealed class KafkaStartException(string message, Exception? innerException = null) : StartException(message, innerException);
