using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cmdr.Handling;

/// <summary>Measures how far the partitions that this host owns are behind the end of <c>commands</c>, while somebody listens.</summary>
internal sealed partial class LagMeter(ILog log, HandlingStatus status, TimeProvider clock, ILogger<LagMeter> logger) : BackgroundService, ILogService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!HandlingTelemetry.Lag.Enabled) continue;
            try
            {
                await Measure(stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // Whatever it is, what only measures must not stop the host.
                LogUnmeasured(fault);
            }
        }
    }

    private async Task Measure(CancellationToken cancellationToken)
    {
        var end = await log.EndOf(Topics.Commands, cancellationToken);
        foreach (var partition in status.Partitions)
        {
            HandlingTelemetry.Lag.Record(Math.Max(0, end.Next[partition.Partition] - partition.Position), new KeyValuePair<string, object?>("partition", partition.Partition));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lag of commands cannot be measured")]
    private partial void LogUnmeasured(Exception exception);
}
