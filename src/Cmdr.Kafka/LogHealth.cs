using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>Which parts of the log are at fault just now; said once per change.</summary>
internal sealed partial class LogHealth(ILogger<KafkaLog> logger) : IHealthCheck
{
    /// <summary>What is at fault is tried, and told, more often than this; what is not told any more is not tried any more.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, (string Message, long At)> faults = new(StringComparer.Ordinal);

    internal void Faulty(string part, string message)
    {
        var fault = (message, Stopwatch.GetTimestamp());
        if (faults.TryAdd(part, fault)) LogFault(logger, part, message);
        else faults[part] = fault;
    }

    internal void Well(string part)
    {
        if (!faults.IsEmpty && faults.TryRemove(part, out _)) LogRecovery(logger, part);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        foreach (var fault in faults.Where(fault => Stopwatch.GetElapsedTime(fault.Value.At) >= Lasting)) faults.TryRemove(fault);
        return Task.FromResult(faults.IsEmpty
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(string.Join("; ", faults.Select(fault => $"{fault.Key}: {fault.Value.Message}"))));
    }

    [LoggerMessage(1, LogLevel.Error, "The log on Kafka fails to {Part}: {Message}")]
    private static partial void LogFault(ILogger logger, string part, string message);

    [LoggerMessage(2, LogLevel.Information, "The log on Kafka does {Part} again")]
    private static partial void LogRecovery(ILogger logger, string part);
}
