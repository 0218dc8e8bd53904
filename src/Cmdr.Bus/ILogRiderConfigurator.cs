using MassTransit;

namespace Cmdr.Bus;

/// <summary>Configures the log's rider.</summary>
public interface ILogRiderConfigurator : IRiderFactoryConfigurator
{
    /// <summary>Adds an endpoint that consumes the topics of a group, slice by slice.</summary>
    /// <param name="group">The group, its topics, and how its position is kept; a host adds it once.</param>
    /// <param name="configure">Configures the endpoint; exactly one consumer of <see cref="Slice"/> is needed. Called for each member, which has partitions of its own.</param>
    /// <param name="members">As how many members of the group this host consumes, 1 or more: they share its partitions, and work and commit at the same time.</param>
    /// <exception cref="ConfigurationException">The group has an endpoint already.</exception>
    void TopicEndpoint(LogGroup group, Action<ILogEndpointConfigurator> configure, int members = 1);

    /// <summary>Adds a processor: an endpoint that consumes <c>events</c>, one event at a time.</summary>
    /// <param name="group">The group; a host adds it once.</param>
    /// <param name="configure">Configures it; exactly one consumer of events is needed. Called for each member, which has partitions of its own.</param>
    /// <param name="members">As how many members of the group this host consumes, 1 or more.</param>
    /// <exception cref="ConfigurationException">The group has an endpoint already.</exception>
    void ProcessorEndpoint(string group, Action<IProcessorConfigurator> configure, int members = 1);
}
