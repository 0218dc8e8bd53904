using MassTransit;

namespace Cmdr.Bus;

/// <summary>Configures an endpoint of the log's rider.</summary>
public interface ILogEndpointConfigurator : IReceiveEndpointConfigurator
{
    /// <summary>Hears of assigned, revoked and lost partitions, and of committed and aborted slices; null when nobody need hear.</summary>
    IPartitionOwner? Owner { get; set; }
}
