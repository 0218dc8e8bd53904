using MassTransit;

namespace Cmdr.Bus;

/// <summary>
/// Configures an endpoint of the log's rider. A slice is one message: the consumer that returns acknowledges it, whatever is thrown gives it back to the log,
/// which delivers its records again. There is no error queue and nothing is skipped.
/// </summary>
public interface ILogEndpointConfigurator : IReceiveEndpointConfigurator
{
    /// <summary>Hears of assigned, revoked and lost partitions, and of committed and aborted slices; null when nobody need hear.</summary>
    /// <remarks>Without an owner partitions start at the group's position, or at their beginning where the group has none.</remarks>
    IPartitionOwner? Owner { get; set; }
}
