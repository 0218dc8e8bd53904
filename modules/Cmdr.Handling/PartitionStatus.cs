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
