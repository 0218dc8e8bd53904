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
            foreach (var endpoint in Endpoints) endpoint.Add(context, log);
        });
    }
}

/// <summary>One call of <c>LogEndpoint</c> or <c>Processor</c>.</summary>
/// <param name="Register">Registers its consumer.</param>
/// <param name="Add">Adds it to the rider.</param>
internal sealed record HostLogEndpoint(Action<IRiderRegistrationConfigurator> Register, Action<IRiderRegistrationContext, ILogRiderConfigurator> Add);
