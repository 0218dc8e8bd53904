using Cmdr.Bus;
using MassTransit;

namespace Cmdr;

/// <summary>The verbs that put consumers on the host's one MassTransit bus.</summary>
public static class BusRegistration
{
    /// <summary>Adds to the bus: ordinary MassTransit registrations of a team's own.</summary>
    public static CmdrBuilder Bus(this CmdrBuilder cmdr, Action<IBusRegistrationConfigurator> configure) => throw new NotImplementedException($"{cmdr} {configure}");

    /// <summary>Adds an endpoint of the log's rider: consumers of <see cref="Slice"/> in a group, with MassTransit's ordinary middleware.</summary>
    /// <param name="cmdr">The host's builder.</param>
    /// <param name="group">The group, its topics, and how its position is kept.</param>
    /// <param name="register">Registers the consumers, for example <c>rider.AddConsumer&lt;SliceHandler&gt;()</c>.</param>
    /// <param name="configure">Configures the endpoint: retry, consumers, and who hears of partitions.</param>
    public static CmdrBuilder LogEndpoint(
        this CmdrBuilder cmdr, LogGroup group, Action<IRiderRegistrationConfigurator> register, Action<IRiderRegistrationContext, ILogEndpointConfigurator> configure) =>
        throw new NotImplementedException($"{cmdr} {group} {register} {configure}");
}
