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
    private readonly Dictionary<string, Func<IBusInstance, ReceiveEndpoint>> endpoints = [];
    private readonly List<(string Name, string Fault)> faults = [];
    private readonly ReceiveEndpointObservable observers = new();

    public void TopicEndpoint(LogGroup group, Action<ILogEndpointConfigurator> configure, int members = 1)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(configure);
        if (group.Topics.Count == 0) faults.Add((group.Name, "names no topics"));
        Add(group.Name, members, (bus, name) => Endpoint(bus, name, group, configure));
    }

    public void ProcessorEndpoint(string group, Action<IProcessorConfigurator> configure, int members = 1)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(configure);
        Add(group, members, (bus, name) => Processor(bus, name, group, configure));
    }

    public ConnectHandle ConnectReceiveEndpointObserver(IReceiveEndpointObserver observer) => observers.Connect(observer);

    public IEnumerable<ValidationResult> Validate()
    {
        if (endpoints.Keys.Any(string.IsNullOrWhiteSpace)) yield return this.Failure("Group", "needs a name");
        foreach (var (name, fault) in faults) yield return this.Failure(name, fault);
    }

    public void Configure(IBusInstance busInstance)
    {
        var running = new ReceiveEndpointCollection();
        foreach (var (name, endpoint) in endpoints) running.Add(name, endpoint(busInstance));
        busInstance.Connect<LogRider>(new LogRider(running));
    }

    /// <summary>An endpoint for each member: the first is called as the group, the others <c>group~2</c> and so on.</summary>
    private void Add(string group, int members, Func<IBusInstance, string, ReceiveEndpoint> endpoint)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        for (var number = 1; number <= members; number++)
        {
            var name = number == 1 ? group : $"{group}~{number}";
            if (!endpoints.TryAdd(name, bus => endpoint(bus, name))) throw new ConfigurationException($"The group '{group}' has a log endpoint already; give this one a group of its own.");
        }
    }

    private ReceiveEndpoint Processor(IBusInstance bus, string name, string group, Action<IProcessorConfigurator> configure)
    {
        var settings = bus.HostConfiguration.CreateReceiveEndpointConfiguration(LogEndpointsCheck.EndpointName(name));
        var endpoint = new ProcessorConfiguration(bus, settings, group, context);
        endpoint.ConnectReceiveEndpointObserver(observers);
        configure(endpoint);
        endpoint.Validate().ThrowIfContainsFailure($"The processor of the group '{group}' is not configured as it must be:");
        return endpoint.Build(context.GetRequiredService<ILog>());
    }

    private ReceiveEndpoint Endpoint(IBusInstance bus, string name, LogGroup group, Action<ILogEndpointConfigurator> configure)
    {
        var endpoint = new LogEndpointConfiguration(bus, bus.HostConfiguration.CreateReceiveEndpointConfiguration(LogEndpointsCheck.EndpointName(name)), group);
        endpoint.ConnectReceiveEndpointObserver(observers);
        configure(endpoint);
        endpoint.Validate().ThrowIfContainsFailure($"The log endpoint of the group '{group.Name}' is not configured as it must be:");
        return endpoint.Build(context.GetRequiredService<ILog>(), context);
    }
}
