using System.Collections.Concurrent;

namespace Cmdr.Handling;

/// <summary>
/// How all partitions that this host owns are doing; read by health and telemetry while they are worked on. Each owner tells of its own only: a partition may
/// be another's of this host by now, where one was away.
/// </summary>
internal sealed class HandlingStatus(TimeProvider clock)
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(CommandOwner Owner, int Partition), PartitionStatus> partitions = new();
    private readonly ConcurrentDictionary<CommandOwner, Failure> failures = new();
    private readonly DateTimeOffset began = clock.GetUtcNow();
    private volatile Cursor? endAtStart;

    /// <summary>The end of <c>commands</c> when this host was first assigned partitions; null before.</summary>
    public Cursor? EndAtStart
    {
        get => endAtStart;
        set => endAtStart = value;
    }

    /// <summary>How long this host has been there to be assigned partitions.</summary>
    public TimeSpan Age => clock.GetUtcNow() - began;

    /// <summary>In the order of their numbers; twice where one of this host does not know yet that another has it.</summary>
    public IReadOnlyList<PartitionStatus> Partitions => [.. partitions.Values.OrderBy(partition => partition.Partition)];

    /// <summary>Why restoring failed when it was last tried; null when it did not, or when a minute has passed in which the log tried no more.</summary>
    public string? RecentFailure => failures.Values.FirstOrDefault(failure => clock.GetUtcNow() - failure.Time < Recent)?.Error.Message;

    public void Fail(CommandOwner owner, Exception error) => failures[owner] = new(error, clock.GetUtcNow());

    public void Recover(CommandOwner owner) => failures.TryRemove(owner, out _);

    public void Set(CommandOwner owner, PartitionStatus status) => partitions[(owner, status.Partition)] = status;

    public void Advance(CommandOwner owner, int partition, long position) => Change(owner, partition, status => status with { Position = position });

    public void Stop(CommandOwner owner, PartitionFault fault) => Change(owner, fault.Position.Partition, status => status with { Fault = fault });

    public void Remove(CommandOwner owner, int partition) => partitions.TryRemove((owner, partition), out _);

    private void Change(CommandOwner owner, int partition, Func<PartitionStatus, PartitionStatus> change)
    {
        if (partitions.TryGetValue((owner, partition), out var known)) partitions.TryUpdate((owner, partition), change(known), known);
    }

    private sealed record Failure(Exception Error, DateTimeOffset Time);
}
