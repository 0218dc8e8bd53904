using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cmdr.Bus;

/// <summary>
/// Unhealthy while any log endpoint is not running. The bus's own check shows the same endpoints, but calls itself degraded, which answers 200, while its other
/// endpoints work.
/// </summary>
internal sealed class LogEndpointsCheck(IBusControl bus) : IHealthCheck
{
    private const string Path = "log/";

    public static string EndpointName(string group) => Path + group;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var endpoints = bus.CheckHealth().Endpoints.Values.Where(endpoint => endpoint.InputAddress.AbsolutePath.Contains("/" + Path, StringComparison.Ordinal));
        var unwell = endpoints.Where(endpoint => endpoint.Status != BusHealthStatus.Healthy).ToList();
        if (unwell.Count == 0) return Task.FromResult(HealthCheckResult.Healthy());
        var told = string.Join("; ", unwell.Select(endpoint => $"{Name(endpoint)}: {endpoint.Description}"));
        return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, told, unwell.FirstOrDefault(endpoint => endpoint.Exception is not null).Exception));
    }

    private static string Name(EndpointHealthResult endpoint) => Uri.UnescapeDataString(endpoint.InputAddress.Segments[^1]);
}
