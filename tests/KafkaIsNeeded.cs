using Cmdr.Testing;

namespace Cmdr;

/// <summary>The one place where tests are skipped: where there is no Kafka, and none can be started.</summary>
internal static class KafkaIsNeeded
{
    internal static async Task<string> Started(this KafkaServer server)
    {
        Xunit.Assert.SkipWhen(KafkaServer.WhyUnavailable is not null, KafkaServer.WhyUnavailable ?? "");
        return await server.BootstrapServers(Xunit.TestContext.Current.CancellationToken);
    }
}
