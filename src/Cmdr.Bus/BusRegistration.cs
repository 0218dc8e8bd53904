using Cmdr.Bus;
using MassTransit;

namespace Cmdr;

/// <summary>The verbs that put consumers on the host's one MassTransit bus.</summary>
public static class BusRegistration
{
    /// <summary>Adds to the bus: ordinary MassTransit registrations of a team's own.</summary>
    /// <remarks>The bus is in memory and configures its endpoints by itself, unless one of these calls <c>Using...</c> for another transport.</remarks>
    public static CmdrBuilder Bus(this CmdrBuilder cmdr, Action<IBusRegistrationConfigurator> configure)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        ArgumentNullException.ThrowIfNull(configure);
        cmdr.Joined().Registrations.Add(configure);
        return cmdr;
    }

    /// <summary>Adds an endpoint of the log's rider: a consumer of <see cref="Slice"/> in a group, with MassTransit's ordinary middleware.</summary>
    /// <param name="cmdr">The host's builder.</param>
    /// <param name="group">The group, its topics, and how its position is kept; one endpoint a host for each group.</param>
    /// <param name="register">Registers the consumer: <c>rider.AddConsumer&lt;SliceHandler&gt;()</c>.</param>
    /// <param name="configure">Configures the endpoint: retry, the consumer (<c>e.ConfigureConsumer&lt;SliceHandler&gt;(context)</c>), and who hears of partitions; for each member.</param>
    /// <param name="members">As how many members of the group the host consumes; each has partitions of its own, and they work at the same time.</param>
    public static CmdrBuilder LogEndpoint(
        this CmdrBuilder cmdr, LogGroup group, Action<IRiderRegistrationConfigurator> register, Action<IRiderRegistrationContext, ILogEndpointConfigurator> configure, int members = 1)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(register);
        ArgumentNullException.ThrowIfNull(configure);
        cmdr.Joined().Endpoints.Add(new(register, (context, log) => log.TopicEndpoint(group, endpoint => configure(context, endpoint), members)));
        return cmdr;
    }

    internal static HostBus Joined(this CmdrBuilder cmdr)
    {
        var bus = cmdr.Part<HostBus>();
        if (bus is { Registrations.Count: 0, Endpoints.Count: 0 }) cmdr.Finally(() => bus.AddTo(cmdr.Services));
        return bus;
    }
}
