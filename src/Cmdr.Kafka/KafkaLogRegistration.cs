using Cmdr.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cmdr;

/// <summary>The verb that offers the log on Kafka.</summary>
public static class KafkaLogRegistration
{
    /// <summary>Offers the log on Apache Kafka as <c>kafka</c>, on the brokers that <c>Cmdr:Kafka:bootstrap.servers</c> names; any other property of librdkafka may stand beside it.</summary>
    /// <exception cref="SettingException">A setting under <c>Cmdr:Kafka</c> is wrong.</exception>
    public static CmdrBuilder AddKafkaLog(this CmdrBuilder cmdr)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        var partitions = cmdr.Settings.Read("Partitions") is null ? (int?)null : cmdr.Settings.Partitions;
        var section = cmdr.Settings.Section(KafkaSettings.Section); // known also where another log is picked
        return cmdr.AddLog("kafka", services =>
        {
            var settings = new KafkaSettings(section.GetChildren().Select(child => KeyValuePair.Create(child.Key, child.Value)));
            services.AddSingleton(provider => new KafkaLog(settings, partitions, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<KafkaLog>>()));
            services.AddSingleton<ILog>(provider => provider.GetRequiredService<KafkaLog>());
            services.AddHealthChecks().Add(new("log", provider => provider.GetRequiredService<KafkaLog>().Health, null, ["ready"]));
        });
    }
}
