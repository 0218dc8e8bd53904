using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>Which parts of the log are at fault just now; said once per change.</summary>
internal sealed partial class LogHealth(ILogger<KafkaLog> logger) : IHealthCheck
{
    private readonly ConcurrentDictionary<string, string> faults = new(StringComparer.Ordinal);

    internal void Faulty(string part, string message)
    {
        if (faults.TryAdd(part, message)) LogFault(logger, part, message);
        else faults[part] = message;
    }

    internal void Well(string part)
    {
        if (!faults.IsEmpty && faults.TryRemove(part, out _)) LogRecovery(logger, part);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(faults.IsEmpty
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Unhealthy(string.Join("; ", faults.Select(fault => $"{fault.Key}: {fault.Value}"))));

    [LoggerMessage(1, LogLevel.Error, "The log on Kafka fails to {Part}: {Message}")]
    private static partial void LogFault(ILogger logger, string part, string message);

    [LoggerMessage(2, LogLevel.Information, "The log on Kafka does {Part} again")]
    private static partial void LogRecovery(ILogger logger, string part);
}
