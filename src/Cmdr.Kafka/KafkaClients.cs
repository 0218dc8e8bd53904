using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>Makes the clients of one host, and hears what they say of their connections.</summary>
internal sealed partial class KafkaClients(KafkaSettings settings, ILogger<KafkaLog> logger)
{
    private volatile Error? refusal;

    internal KafkaSettings Settings => settings;

    /// <summary>The last refusal of this host's credentials, which calls report as no more than a broker that does not answer; null when there was none.</summary>
    internal Error? Refusal => refusal;

    internal IAdminClient Admin() => new AdminClientBuilder(settings.Admin()).SetLogHandler((_, message) => Hear(message)).SetErrorHandler((_, error) => Hear(error)).Build();

    internal IProducer<byte[], byte[]> Producer(ProducerConfig config, Action<Error>? onFatal = null) => new ProducerBuilder<byte[], byte[]>(config)
        .SetLogHandler((_, message) => Hear(message))
        .SetErrorHandler((_, error) =>
        {
            Hear(error);
            if (error.IsFatal) onFatal?.Invoke(error);
        }).Build();

    internal ConsumerBuilder<byte[], byte[]> Consumer(ConsumerConfig config, Action<Error>? onError = null) => new ConsumerBuilder<byte[], byte[]>(config)
        .SetLogHandler((_, message) => Hear(message))
        .SetErrorHandler((_, error) =>
        {
            Hear(error);
            onError?.Invoke(error);
        });

    /// <summary>Forgets a refusal, since a broker has answered.</summary>
    internal void Accepted() => refusal = null;

    private void Hear(Error error)
    {
        if (error.Code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Ssl) refusal = error;
        LogError(logger, error.Code, error.Reason);
    }

    private void Hear(LogMessage message) => LogClient(logger, message.Name, message.Facility, message.Message);

    // What matters of these, the log's health says in a sentence, once.
    [LoggerMessage(3, LogLevel.Debug, "librdkafka reports {Code}: {Reason}")]
    private static partial void LogError(ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(4, LogLevel.Debug, "librdkafka, {Name}: {Facility} {Message}")]
    private static partial void LogClient(ILogger logger, string name, string facility, string message);
}
