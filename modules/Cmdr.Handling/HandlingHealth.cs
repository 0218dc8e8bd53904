using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cmdr.Handling;

/// <summary>Healthy when every partition that this host owns is restored, has come to where the log ended at start, and is not stopped.</summary>
internal sealed class HandlingHealth(HandlingStatus status) : IHealthCheck
{
    /// <summary>By then a host has its partitions, or others own them all: longer than a log takes to give away those of a host that died.</summary>
    private static readonly TimeSpan Shared = TimeSpan.FromSeconds(20);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var partitions = status.Partitions;
        string[] stopped = [.. partitions.Where(partition => partition.Fault is not null).Select(partition => partition.Fault!.ToString())];
        if (stopped.Length > 0) return Unhealthy(string.Join("; ", stopped));
        if (status.RecentFailure is { } failure) return Unhealthy($"partitions of commands cannot be restored, which is tried again: {failure}");
        if (partitions.Count == 0 && status.EndAtStart is null && status.Age < Shared) return Unhealthy("no partition of commands is assigned yet");

        string[] waiting = [.. partitions.Select(partition => Waiting(partition, status.EndAtStart)).OfType<string>()];
        if (waiting.Length > 0) return Unhealthy(string.Join("; ", waiting));
        return Task.FromResult(HealthCheckResult.Healthy(
            partitions.Count == 0 ? "owns no partition: other hosts own them all" : $"owns {partitions.DistinctBy(partition => partition.Partition).Count()} partitions of {status.EndAtStart!.Next.Length}")); // known once one is restored
    }

    private static Task<HealthCheckResult> Unhealthy(string why) => Task.FromResult(HealthCheckResult.Unhealthy(why));

    private static string? Waiting(PartitionStatus partition, Cursor? end) => partition switch
    {
        { IsRestored: false } => $"commands/{partition.Partition} is being restored",
        _ when partition.Position < end!.Next[partition.Partition] => // known once it is restored
            $"commands/{partition.Partition} is at {partition.Position}, and the log ended at {end.Next[partition.Partition]} when this host started",
        _ => null,
    };
}
