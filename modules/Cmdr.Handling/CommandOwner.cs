using System.Collections.Frozen;
using Microsoft.Extensions.Logging;

namespace Cmdr.Handling;

/// <summary>
/// Owns partitions of <c>commands</c>, and decides what is in them: the only writer of their subjects. A record that cannot be decided stops its partition:
/// it and all after it stay on the log, unacknowledged, until the partition is assigned again.
/// </summary>
internal sealed partial class CommandOwner(ILog log, Catalog catalog, Restoration restoration, HandlingStatus status, TimeProvider clock, ILogger<CommandOwner> logger)
    : IPartitionOwner
{
    private readonly FrozenDictionary<string, DeciderEngine> engines = DeciderEngine.Of(catalog);
    private readonly Dictionary<int, CommandPartition> owned = [];
    private readonly List<PartitionFault> faults = [];
    private readonly long[] counts = new long[3];
    private long started;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        try
        {
            return await Restore(partitions, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // The log assigns them again; until then health must not wait for partitions that another host may get.
            Forget(partitions.Select(partition => partition.Partition));
            status.Fail(this, error);
            LogUnrestored(error);
            throw;
        }
    }

    /// <summary>Decides a slice in order; what changes is tentative until the slice is committed.</summary>
    public void Handle(Slice slice)
    {
        Undo();
        slice.Reset();
        started = clock.GetTimestamp();
        for (var i = 0; i < slice.Records.Count;) i = HandlePartition(slice, i);
    }

    /// <inheritdoc/>
    public ValueTask Committed(Slice slice, CancellationToken cancellationToken)
    {
        foreach (var (partition, position) in slice.Positions)
        {
            owned[partition.Partition].Commit();
            status.Advance(this, partition.Partition, position);
        }

        foreach (var fault in faults)
        {
            status.Stop(this, fault);
            LogStopped(fault.Error, fault);
        }

        HandlingTelemetry.Accepted.Add(counts[(int)Decided.Accepted]);
        HandlingTelemetry.Refused.Add(counts[(int)Decided.Refused]);
        HandlingTelemetry.Repeated.Add(counts[(int)Decided.Repeated]);
        HandlingTelemetry.Slice.Record(clock.GetElapsedTime(started).TotalSeconds);
        Undo();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask Aborted(Slice slice, CancellationToken cancellationToken)
    {
        Undo();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        Forget(partitions);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => Revoked(partitions, cancellationToken);

    private async Task<IReadOnlyDictionary<TopicPartition, long>> Restore(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
    {
        foreach (var partition in partitions) status.Set(this, new(partition.Partition.Partition, false, partition.GroupPosition ?? 0, null));
        status.EndAtStart ??= await log.EndOf(Topics.Commands, cancellationToken);
        var count = status.EndAtStart.Next.Length;
        var restored = partitions.ToDictionary(partition => partition.Partition.Partition, partition => new CommandPartition(partition.Partition.Partition, count, engines));
        await restoration.Restore(restored, cancellationToken);
        var positions = new Dictionary<TopicPartition, long>();
        foreach (var partition in partitions)
        {
            var number = partition.Partition.Partition;
            owned[number] = restored[number];
            // The log keeps what was answered for ever; a log may forget the position of a group that was away for long.
            var position = positions[partition.Partition] = Math.Max(restored[number].Answered, partition.GroupPosition ?? 0);
            status.Set(this, new(number, true, position, null));
        }

        status.Recover(this);
        return positions;
    }

    private int HandlePartition(Slice slice, int first)
    {
        var number = slice.Records[first].Position.Partition;
        var partition = owned[number];
        var isStopped = slice.Held.ContainsKey(slice.Records[first].Position.TopicPartition);
        var i = first;
        for (; i < slice.Records.Count && slice.Records[i].Position.Partition == number; i++)
        {
            if (!isStopped) isStopped = !TryDecide(slice, slice.Records[i], partition);
        }

        return i;
    }

    private bool TryDecide(Slice slice, LoggedRecord logged, CommandPartition partition)
    {
        try
        {
            counts[(int)partition.Decide(logged, slice)]++;
            return true;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            faults.Add(PartitionFault.Of(logged, error));
            slice.HoldAt(logged.Position.TopicPartition, logged.Position.Offset);
            return false;
        }
    }

    private void Forget(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            owned.Remove(partition.Partition);
            status.Remove(this, partition.Partition);
        }
    }

    private void Undo()
    {
        foreach (var partition in owned.Values) partition.Abort();
        faults.Clear();
        Array.Clear(counts);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Fault}. It and what follows it stay on the log, and are decided when the partition is assigned again, as when this host is restarted")]
    private partial void LogStopped(Exception exception, PartitionFault fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "Partitions of commands cannot be restored; it is tried again")]
    private partial void LogUnrestored(Exception exception);
}
