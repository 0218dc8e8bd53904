using System.Diagnostics;
using System.Runtime.ExceptionServices;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Cmdr.Bus;

/// <summary>
/// A processor as the log sees it. The events of a slice go through the pipe one by one, those of different subjects at the same time; when all are handled or
/// parked, the slice is acknowledged. One that is not finished in its time goes back to the log, and comes again; what is being handled goes on meanwhile.
/// </summary>
internal sealed partial class ProcessorPump : ILogConsumer, IAsyncDisposable
{
    private const int Unusual = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly Dictionary<TopicPartition, long> GroupPositions = [];

    private readonly ProcessorParts parts;
    private readonly StopSignal stop;
    private readonly Lanes lanes;
    private readonly ParkedLedger parked;
    private readonly SlicePlan plan;
    private readonly SliceSize size;
    private readonly Dictionary<int, PartitionWork> owned = [];
    private readonly CancellationTokenRegistration stopping;
    private readonly List<Task> ending = [];
    private SliceOutcome? outcome;
    private int unfinished;

    public ProcessorPump(ProcessorParts parts, EventDispatch dispatch, StopSignal stop)
    {
        (this.parts, this.stop) = (parts, stop);
        lanes = new(parts.Settings.ConcurrentSubjects, dispatch, parts.Endpoint.LogContext);
        parked = new(parts.Log, parts.Settings.Group, Changed, parts.Logger);
        plan = new(parts, parked);
        size = new(parts.Settings);
        stopping = stop.Stopping.UnsafeRegister(_ => lanes.Stop(), null);
    }

    public int SliceRecords => size.Records;

    public async ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        LogContext.Current = parts.Endpoint.LogContext;
        parts.Report.Assigning();
        try
        {
            await Ended().ConfigureAwait(false);
            await parked.Restore([.. partitions.Select(partition => partition.Partition.Partition)], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!stop.Explains(exception))
        {
            await parts.Report.AssignmentFailed(partitions, exception).ConfigureAwait(false);
            throw;
        }

        lock (owned)
        {
            foreach (var partition in partitions)
            {
                // A log that failed may give a partition again without a word of its loss.
                if (owned.Remove(partition.Partition.Partition, out var stale)) ending.Add(stale.End());
                owned.Add(partition.Partition.Partition, new(partition));
            }
        }

        parts.Progress.Assigned(parts.Settings.Group, this, partitions);
        Tell();
        await parts.Report.Assigned().ConfigureAwait(false);
        foreach (var partition in partitions.Where(partition => parked.Of(partition.Partition.Partition).Values.Any(subject => subject.IsReady))) partition.RequestSlice(parts.Time.GetUtcNow());
        return GroupPositions;
    }

    public async ValueTask Consume(Slice slice, CancellationToken cancellationToken)
    {
        // Async-local: the log may call from a flow that belongs to another host of this process.
        LogContext.Current = parts.Endpoint.LogContext;
        outcome = null;
        slice.Reset();
        using var end = stop.EndOfSlice(cancellationToken);
        try
        {
            await parked.CatchUp(end.Token).ConfigureAwait(false);
            outcome = await Handle(slice, end.Token).ConfigureAwait(false);
            outcome.AppendTo(slice);
            // Before they are on the log: whoever reads them back may be quicker than the word that they were committed.
            parked.Expect(outcome.Written);
        }
        catch (SliceUnfinishedException)
        {
            throw;
        }
        catch (Exception exception) when (!stop.Explains(exception))
        {
            await parts.Report.SliceFailed(slice, exception).ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask Committed(Slice slice, CancellationToken cancellationToken)
    {
        unfinished = 0;
        await parts.Report.SliceCommitted(slice).ConfigureAwait(false);
        foreach (var (partition, position) in slice.Positions) owned[partition.Partition].Commit(position);
        outcome?.Tell(parts);
        outcome = null;
        parts.Progress.Moved(parts.Settings.Group, this, slice.Positions);
    }

    public async ValueTask Aborted(Slice slice, CancellationToken cancellationToken)
    {
        if (outcome is { } undone)
        {
            parked.Withdraw(undone.Written);
            await parts.Report.CommitFailed(slice).ConfigureAwait(false);
        }

        outcome = null;
    }

    public async ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        Take(partitions);
        await Ended().ConfigureAwait(false);
        await parts.Report.Gone(partitions).ConfigureAwait(false);
    }

    public async ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        Take(partitions);
        await parts.Report.Gone(partitions).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.DisposeAsync().ConfigureAwait(false);
        await parked.DisposeAsync().ConfigureAwait(false);
        parts.Progress.Left(parts.Settings.Group, this, parts.Meters.Waiting);
    }

    private async Task<SliceOutcome> Handle(Slice slice, CancellationToken end)
    {
        var (wait, began) = (new SliceWait(), Stopwatch.GetTimestamp());
        var works = slice.Positions.Keys.Select(partition => owned[partition.Partition]).ToList();
        var retried = await plan.Make(slice, owned, wait, end).ConfigureAwait(false);
        foreach (var work in works) work.Start(lanes);
        wait.Done();
        if (!wait.Finished.IsCompleted) await Finish(wait, end).ConfigureAwait(false);
        if (wait.Outage is { } outage) ExceptionDispatchInfo.Throw(outage);
        size.Handled(slice.Records.Count, Stopwatch.GetElapsedTime(began));
        return new(parts, slice, owned, retried);
    }

    private async Task Finish(SliceWait wait, CancellationToken end)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(end);
        // By the machine's clock: how long a log waits has nothing to do with the time of the domain.
        time.CancelAfter(parts.Settings.SliceTime);
        await Task.WhenAny(wait.Finished, lanes.Stopped, Task.Delay(Timeout.Infinite, time.Token)).ConfigureAwait(false);
        if (wait.Finished.IsCompleted) return;
        end.ThrowIfCancellationRequested();
        stop.Stopping.ThrowIfCancellationRequested();
        size.Unfinished();
        if (++unfinished % Unusual == 0) LogUnfinished(parts.Logger, parts.Settings.Group, wait.Open, unfinished, parts.Settings.SliceTime.TotalSeconds);
        throw new SliceUnfinishedException($"{wait.Open} events of a slice of {parts.Settings.Group} are still being handled; they go on, and the slice comes again.");
    }

    /// <summary>Where something that was parked is to be handled, a slice of its partition brings the occasion, with the fence.</summary>
    private void Changed(int partition, bool isReady)
    {
        PartitionWork? work;
        lock (owned) work = isReady ? owned.GetValueOrDefault(partition) : null;
        work?.RequestSlice(parts.Time.GetUtcNow());
        Tell();
    }

    /// <summary>The next owner begins with what is still being handled here: best when that has ended. Code that does not end when it is asked to is not waited for.</summary>
    private async Task Ended()
    {
        if (ending.Count == 0) return;
        await Task.WhenAny(Task.WhenAll(ending), Task.Delay(Patience, CancellationToken.None)).ConfigureAwait(false);
        ending.Clear();
    }

    private void Take(IReadOnlyList<TopicPartition> partitions)
    {
        lock (owned)
        {
            foreach (var partition in partitions)
            {
                if (owned.Remove(partition.Partition, out var work)) ending.Add(work.End());
            }
        }

        parked.Forget(partitions.Select(partition => partition.Partition));
        parts.Progress.Gone(parts.Settings.Group, this, partitions);
        Tell();
    }

    private void Tell() => parts.Progress.Parked(parts.Settings.Group, this, () => parked.Count, parts.Meters.Waiting);

    [LoggerMessage(LogLevel.Warning, "{Events} events of a slice of {Group} are still being handled after {Times} times {Seconds} s. They go on; the group's position waits for them.")]
    private static partial void LogUnfinished(ILogger logger, string group, int events, int times, double seconds);
}
