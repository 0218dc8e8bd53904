using System.Collections.Concurrent;

namespace Cmdr.Handling;

/// <summary>How a partition that this host owns is doing.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="IsRestored">False while its subjects are read from <c>events</c>.</param>
/// <param name="Position">The next offset to decide.</param>
/// <param name="Fault">What stopped it; null while it flows.</param>
internal sealed record PartitionStatus(int Partition, bool IsRestored, long Position, PartitionFault? Fault);

/// <summary>A record of <c>commands</c> that stopped its partition.</summary>
/// <param name="Position">Where it stays on the log.</param>
/// <param name="Command">What it is, for people.</param>
/// <param name="Error">Why it cannot be decided.</param>
internal sealed record PartitionFault(Position Position, string Command, Exception Error)
{
    /// <summary>The fault of a record that threw.</summary>
    public static PartitionFault Of(LoggedRecord logged, Exception error)
    {
        var command = CloudEventBinding.TryRead(logged.Record, out var envelope, out _) ? $"the command '{envelope.Type}' ({envelope.Id}) of '{envelope.Subject}'" : "the record";
        return new(logged.Position, command, error);
    }

    /// <summary>A sentence that says what stopped, where, and why.</summary>
    public override string ToString() => $"{Position.TopicPartition} is stopped at {Position}: {Command} cannot be decided: {Reason}";

    private string Reason => Error is UndecidableException ? Error.Message : $"{Error.GetType().Name}: {Error.Message}";
}

/// <summary>
/// How all partitions that this host owns are doing; read by health and telemetry while they are worked on. Each is told of by who owns it: another of this host
/// may own it by now, where one was away.
/// </summary>
internal sealed class HandlingStatus
{
    private readonly ConcurrentDictionary<int, (CommandOwner Owner, PartitionStatus Status)> partitions = new();
    private volatile Cursor? endAtStart;
    private volatile Failure? failure;

    /// <summary>The end of <c>commands</c> when this host was first assigned partitions; null before.</summary>
    public Cursor? EndAtStart
    {
        get => endAtStart;
        set => endAtStart = value;
    }

    /// <summary>In the order of their numbers.</summary>
    public IReadOnlyList<PartitionStatus> Partitions => [.. partitions.Values.Select(partition => partition.Status).OrderBy(partition => partition.Partition)];

    /// <summary>Why restoring failed when it was last tried; null when it did not, or when a minute has passed in which the log tried no more.</summary>
    public string? FailureAt(DateTimeOffset now) => failure is { } last && now - last.Time < TimeSpan.FromMinutes(1) ? last.Error.Message : null;

    public void Fail(Exception error, DateTimeOffset time) => failure = new(error, time);

    public void Recover() => failure = null;

    public void Set(CommandOwner owner, PartitionStatus status) => partitions[status.Partition] = (owner, status);

    public void Advance(CommandOwner owner, int partition, long position) => Change(owner, partition, status => status with { Position = position });

    public void Stop(CommandOwner owner, PartitionFault fault) => Change(owner, fault.Position.Partition, status => status with { Fault = fault });

    public void Remove(CommandOwner owner, int partition)
    {
        if (partitions.TryGetValue(partition, out var known) && known.Owner == owner) partitions.TryRemove(KeyValuePair.Create(partition, known));
    }

    private void Change(CommandOwner owner, int partition, Func<PartitionStatus, PartitionStatus> change)
    {
        if (partitions.TryGetValue(partition, out var known) && known.Owner == owner) partitions.TryUpdate(partition, (owner, change(known.Status)), known);
    }

    private sealed record Failure(Exception Error, DateTimeOffset Time);
}
