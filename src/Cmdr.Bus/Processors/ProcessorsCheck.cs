using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cmdr.Bus;

/// <summary>Degraded, which is no reason to send a host no traffic, while events are parked that an operator is to retry or drop.</summary>
internal sealed class ProcessorsCheck(ProcessorProgress progress) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var parked = progress.ParkedEvents.Where(group => group.Value > 0).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} has parked {group.Value} events");
        var told = string.Join("; ", parked);
        return Task.FromResult(told.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"{told}: retry or drop them"));
    }
}
