using System.Diagnostics.Metrics;
using MassTransit.Transports;
using Microsoft.Extensions.Logging;

namespace Cmdr.Bus;

/// <summary>
/// What health, log file and metrics hear of an endpoint. It runs when it has its partitions, or none fell to it; it is at fault while the log fails, an
/// assignment fails, or the slices of any partition failed twice in a row.
/// </summary>
internal sealed partial class EndpointReport(LogGroup group, LogEndpointContext endpoint, TimeProvider time, ILogger<LogTransport> logger)
{
    private const int Repeated = 2;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);
    private static readonly Counter<long> Slices = Telemetry.Meter.CreateCounter<long>("cmdr.bus.slices", "{slice}", "Slices by group and outcome: committed, failed, uncommitted.");
    private static readonly Counter<long> Records = Telemetry.Meter.CreateCounter<long>("cmdr.bus.records", "{record}", "Records of committed slices by group.");

    private readonly Dictionary<TopicPartition, int> failing = [];
    private readonly KeyValuePair<string, object?> groupTag = new("group", group.Name);
    private volatile bool running;
    private volatile bool assigned;
    private bool unassignable;
    private Exception? told;
    private long toldAt;

    public void Joining()
    {
        (assigned, unassignable) = (false, false);
        failing.Clear();
    }

    public void Assigning() => assigned = true;

    public Task Settled() => assigned ? Task.CompletedTask : Run();

    public Task Assigned()
    {
        unassignable = false;
        return Run();
    }

    public Task AssignmentFailed(IReadOnlyList<IOwnedPartition> partitions, Exception exception)
    {
        unassignable = true;
        if (IsNews(exception)) LogAssignmentFailed(exception, group.Name, string.Join(", ", partitions.Select(partition => partition.Partition)));
        return Fault(exception);
    }

    public Task LogFailed(Exception exception)
    {
        if (IsNews(exception)) LogLogFailed(exception, group.Name);
        return Fault(exception);
    }

    public Task SliceFailed(Slice slice, Exception exception) => Failed(slice, exception, Count(slice, "failed"));

    /// <summary>Once is nobody's fault: so it is when partitions move.</summary>
    public Task CommitFailed(Slice slice)
    {
        var attempts = Count(slice, "uncommitted");
        if (attempts >= Repeated) return Failed(slice, new LogException($"The log did not commit a slice of {group.Name}, though it was handled."), attempts);
        LogUncommitted(group.Name, From(slice));
        return Task.CompletedTask;
    }

    public Task SliceCommitted(Slice slice)
    {
        Slices.Add(1, groupTag, new("outcome", "committed"));
        Records.Add(slice.Records.Count, groupTag);
        return failing.Count == 0 ? Task.CompletedTask : Recover(slice.Positions.Keys);
    }

    public Task Gone(IEnumerable<TopicPartition> partitions) => failing.Count == 0 ? Task.CompletedTask : Recover(partitions);

    public Task Stopped(DeliveryMetrics metrics)
    {
        running = false;
        return Tell(endpoint.TransportObservers.NotifyCompleted(endpoint.InputAddress, metrics));
    }

    /// <summary>How many times in a row it came to nothing.</summary>
    private int Count(Slice slice, string outcome)
    {
        Slices.Add(1, groupTag, new("outcome", outcome));
        foreach (var partition in slice.Positions.Keys) failing[partition] = failing.GetValueOrDefault(partition) + 1;
        return slice.Positions.Keys.Max(partition => failing[partition]);
    }

    private Task Failed(Slice slice, Exception exception, int attempts)
    {
        if (IsNews(exception)) LogSliceFailed(exception, group.Name, attempts, From(slice));
        return attempts < Repeated ? Task.CompletedTask : Fault(exception);
    }

    private Task Recover(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions) failing.Remove(partition);
        return Run();
    }

    private async Task Run()
    {
        if (unassignable || failing.Count > 0) return;
        if (told is not null) LogRunsAgain(group.Name);
        told = null;
        if (running) return;
        running = true;
        await Tell(endpoint.TransportObservers.NotifyReady(endpoint.InputAddress)).ConfigureAwait(false);
    }

    private Task Fault(Exception exception)
    {
        running = false;
        return Tell(endpoint.TransportObservers.NotifyFaulted(endpoint.InputAddress, exception));
    }

    /// <summary>An observer's fault is not the endpoint's.</summary>
    private async Task Tell(Task observers)
    {
        try
        {
            await observers.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogObserverFailed(exception, group.Name);
        }
    }

    /// <summary>The first of a kind, and then one now and then: what is tried for ever must not fill the log file.</summary>
    private bool IsNews(Exception exception)
    {
        var isNews = told?.GetType() != exception.GetType() || time.GetElapsedTime(toldAt) >= Quiet;
        if (isNews) (told, toldAt) = (exception, time.GetTimestamp());
        return isNews;
    }

    private static string From(Slice slice)
    {
        var firsts = slice.Records.GroupBy(record => record.Position.TopicPartition, record => record.Position.ToString(), (_, positions) => positions.First());
        return string.Join(", ", firsts.Concat(slice.Requested.Select(partition => $"{partition} as asked for")));
    }

    [LoggerMessage(LogLevel.Error, "A slice of {Group} failed {Attempts} times in a row. Nothing is skipped; it comes again from {Positions}.")]
    private partial void LogSliceFailed(Exception exception, string group, int attempts, string positions);

    [LoggerMessage(LogLevel.Information, "The log did not commit a slice of {Group}; it comes again from {Positions}.")]
    private partial void LogUncommitted(string group, string positions);

    [LoggerMessage(LogLevel.Error, "{Group} could not take over {Partitions}. They stay where they are until it can.")]
    private partial void LogAssignmentFailed(Exception exception, string group, string partitions);

    [LoggerMessage(LogLevel.Error, "The log failed {Group}, which joins again until it succeeds.")]
    private partial void LogLogFailed(Exception exception, string group);

    [LoggerMessage(LogLevel.Information, "{Group} runs again.")]
    private partial void LogRunsAgain(string group);

    [LoggerMessage(LogLevel.Error, "An observer of {Group} failed.")]
    private partial void LogObserverFailed(Exception exception, string group);
}
