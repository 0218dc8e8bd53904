using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cmdr.Projections;

/// <summary>Measures how many offsets of each partition are still to be projected, by whichever host.</summary>
internal sealed partial class ProjectionsLag(ILog log, Progress progress, TimeProvider time, ILogger<ProjectionsLag> logger) : BackgroundService, ILogService
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private volatile IReadOnlyList<Cursor> ends = [];
    private bool isUnmeasured;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Telemetry.Meter.CreateObservableGauge("cmdr.projections.lag", Observe, "{record}", "Offsets of a partition that are still to be projected.");
        return base.StartAsync(cancellationToken);
    }

    /// <summary>One measurement a partition, since the last look at the log's end.</summary>
    internal IEnumerable<Measurement<long>> Observe() => from end in ends
                                                         from partition in Enumerable.Range(0, end.Next.Length)
                                                         let lag = end.Next[partition] - progress.Of(new(end.Topic, partition)).Next
                                                         select new Measurement<long>(Math.Max(0, lag), new("topic", end.Topic), new("partition", partition));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Between, time);
        try
        {
            do
            {
                await Look(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            ends = []; // a host that stopped measures nothing
        }
    }

    internal async Task Look(CancellationToken cancellationToken)
    {
        try
        {
            ends = [await log.EndOf(Topics.Commands, cancellationToken), await log.EndOf(Topics.Events, cancellationToken)];
            isUnmeasured = false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (!isUnmeasured) LogUnmeasured(e.Message);
            isUnmeasured = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The projections' lag is not measured for now: the log's end is unknown: {Message}")]
    private partial void LogUnmeasured(string message);
}
