using Cmdr.Bus;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cmdr;

/// <summary>The verb that attaches the host's log to a MassTransit bus.</summary>
public static class LogRiderRegistration
{
    /// <summary>
    /// Attaches the <see cref="ILog"/> of the container to the bus as a rider: started, stopped and health-checked with it. The check <c>log-endpoints</c>
    /// (tagged <c>ready</c>) is unhealthy while any endpoint is not running.
    /// </summary>
    /// <param name="rider">From <c>AddRider</c>; once a bus.</param>
    /// <param name="configure">Adds the endpoints.</param>
    public static void UsingLog(this IRiderRegistrationConfigurator rider, Action<IRiderRegistrationContext, ILogRiderConfigurator> configure)
    {
        ArgumentNullException.ThrowIfNull(rider);
        ArgumentNullException.ThrowIfNull(configure);
        rider.SetRiderFactory(new LogRiderFactory(configure));
        // A bus that still starts does not hear that it is to stop: its endpoints would run on, and the group's other members wait for their leases.
        rider.Configure<MassTransitHostOptions>(options => options.WaitUntilStarted = true);
        rider.TryAddSingleton<ProcessorProgress>();
        rider.AddHealthChecks().AddCheck<LogEndpointsCheck>("log-endpoints", tags: ["ready"]).AddCheck<ProcessorsCheck>("processors");
    }
}
