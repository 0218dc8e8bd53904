using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Bus;

/// <summary>What the verbs gathered for the host's one bus.</summary>
internal sealed class HostBus
{
    public List<Action<IBusRegistrationConfigurator>> Registrations { get; } = [];

    public List<HostLogEndpoint> Endpoints { get; } = [];

    public void AddTo(IServiceCollection services) => services.AddMassTransit(bus =>
    {
        bus.DisableUsageTelemetry();
        foreach (var registration in Registrations) registration(bus);
        var hasTransport = bus.Any(service => service.ServiceType == typeof(IBusControl));
        if (!hasTransport) bus.UsingInMemory((context, configurator) => configurator.ConfigureEndpoints(context));
        if (Endpoints.Count > 0) bus.AddRider(AddTo);
    });

    private void AddTo(IRiderRegistrationConfigurator rider)
    {
        foreach (var endpoint in Endpoints) endpoint.Register(rider);
        rider.UsingLog((context, log) =>
        {
            foreach (var endpoint in Endpoints) log.TopicEndpoint(endpoint.Group, configurator => endpoint.Configure(context, configurator));
        });
    }
}

/// <summary>One call of <c>LogEndpoint</c>.</summary>
internal sealed record HostLogEndpoint(
    LogGroup Group, Action<IRiderRegistrationConfigurator> Register, Action<IRiderRegistrationContext, ILogEndpointConfigurator> Configure);
