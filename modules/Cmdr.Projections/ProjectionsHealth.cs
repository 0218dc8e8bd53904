using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cmdr.Projections;

/// <summary>Ready when the projections have come to the log's end as it was when this was first asked, and none of them is stopped.</summary>
internal sealed class ProjectionsHealth(ILog log, Progress progress) : IHealthCheck
{
    /// <summary>Whoever asks how a host is gives it a second or two, however long the log keeps silent.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private IReadOnlyList<Cursor>? ends;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (progress.Feed.HeldBy is { Count: > 0 } held) return HealthCheckResult.Unhealthy(string.Join(' ', held.Select(fault => fault.Message)));
        if (progress.Feed.Failure is { } failure) return HealthCheckResult.Unhealthy($"The last slice could not be projected: {failure.Message}", failure);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            ends ??= [await log.EndOf(Topics.Commands, limit.Token), await log.EndOf(Topics.Events, limit.Token)];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The log does not tell its end.");
        }
        catch (LogException exception)
        {
            return HealthCheckResult.Unhealthy($"The log does not tell its end: {exception.Message}");
        }

        var behind = ends.SelectMany(end => end.Next.Select((next, partition) => (Partition: new TopicPartition(end.Topic, partition), Missing: next)))
            .Sum(end => Math.Max(0, end.Missing - progress.Of(end.Partition).Next));
        return behind == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"{behind} records are to be projected before this host is ready.");
    }
}
