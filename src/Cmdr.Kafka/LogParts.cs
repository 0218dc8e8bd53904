using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>What everyone in this host who consumes from the log shares.</summary>
internal sealed record LogParts(KafkaClients Clients, LogTopics Topics, AdminCalls Admin, TopicReader Reader, LogHealth Health, TimeProvider Time, ILogger<KafkaLog> Logger);
