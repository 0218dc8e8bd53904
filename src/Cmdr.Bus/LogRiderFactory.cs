using MassTransit;
using MassTransit.Configuration;
using MassTransit.DependencyInjection;
using MassTransit.Observables;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Bus;

/// <summary>Makes the rider when MassTransit makes the bus.</summary>
internal sealed class LogRiderFactory(Action<IRiderRegistrationContext, ILogRiderConfigurator> configure) : IRegistrationRiderFactory<LogRider>
{
    public IBusInstanceSpecification CreateRider(IRiderRegistrationContext context)
    {
        var plan = new LogRiderPlan(context);
        configure(context, plan);
        return plan;
    }
}

/// <summary>The endpoints that the rider is to have.</summary>
internal sealed class LogRiderPlan(IRiderRegistrationContext context) : ILogRiderConfigurator, IBusInstanceSpecification
{
    private readonly Dictionary<string, (LogGroup Group, Action<ILogEndpointConfigurator> Configure)> endpoints = [];
    private readonly ReceiveEndpointObservable observers = new();

    public void TopicEndpoint(LogGroup group, Action<ILogEndpointConfigurator> configure)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(configure);
        if (!endpoints.TryAdd(group.Name, (group, configure)))
        {
            throw new ConfigurationException($"The group '{group.Name}' has a log endpoint already; give this one a group of its own.");
        }
    }

    public ConnectHandle ConnectReceiveEndpointObserver(IReceiveEndpointObserver observer) => observers.Connect(observer);

    public IEnumerable<ValidationResult> Validate()
    {
        foreach (var (group, _) in endpoints.Values)
        {
            if (string.IsNullOrWhiteSpace(group.Name)) yield return this.Failure("Group", "needs a name");
            if (group.Topics.Count == 0) yield return this.Failure(group.Name, "names no topics");
        }
    }

    public void Configure(IBusInstance busInstance)
    {
        var running = new ReceiveEndpointCollection();
        foreach (var (group, configure) in endpoints.Values) running.Add(group.Name, Endpoint(busInstance, group, configure));
        busInstance.Connect<LogRider>(new LogRider(running));
    }

    private ReceiveEndpoint Endpoint(IBusInstance bus, LogGroup group, Action<ILogEndpointConfigurator> configure)
    {
        var endpoint = new LogEndpointConfiguration(bus, bus.HostConfiguration.CreateReceiveEndpointConfiguration(LogEndpointsCheck.EndpointName(group)), group);
        endpoint.ConnectReceiveEndpointObserver(observers);
        configure(endpoint);
        endpoint.Validate().ThrowIfContainsFailure($"The log endpoint of the group '{group.Name}' is not configured as it must be:");
        return endpoint.Build(context.GetRequiredService<ILog>(), context);
    }
}
