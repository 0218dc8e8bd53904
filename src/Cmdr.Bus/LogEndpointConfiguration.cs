using MassTransit;
using MassTransit.Configuration;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cmdr.Bus;

/// <summary>What an author configures of an endpoint, on the settings that the bus gives all its endpoints.</summary>
internal sealed class LogEndpointConfiguration : ReceiveEndpointConfiguration, ILogEndpointConfigurator
{
    private readonly IBusInstance bus;
    private readonly IReceiveEndpointConfiguration settings;
    private readonly LogGroup group;
    private readonly SliceConsumers consumers = new();

    public LogEndpointConfiguration(IBusInstance bus, IReceiveEndpointConfiguration settings, LogGroup group)
        : base(bus.HostConfiguration, settings)
    {
        this.bus = bus;
        this.settings = settings;
        this.group = group;
        ConnectConsumerConfigurationObserver(consumers);
        ConnectHandlerConfigurationObserver(consumers);
        ConnectSagaConfigurationObserver(consumers);
        PublishFaults = false;
        this.RethrowFaultedMessages();
        // A slice that nobody took is refused by its pump, also where middleware swallowed the fault.
        this.DiscardSkippedMessages();
    }

    public IPartitionOwner? Owner { get; set; }

    public override Uri HostAddress => settings.HostAddress;

    public override Uri InputAddress => settings.InputAddress;

    public override IEnumerable<ValidationResult> Validate()
    {
        // Consumers tell their messages while they are validated, so they are asked for first.
        foreach (var result in base.Validate()) yield return result;
        foreach (var fault in consumers.Faults()) yield return this.Failure("Consumer", fault);
    }

    public override ReceiveEndpointContext CreateReceiveEndpointContext() => CreateContext();

    public ReceiveEndpoint Build(ILog log, IServiceProvider services)
    {
        var context = CreateContext();
        context.Follow(services);
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var report = new EndpointReport(group, context, time, services.GetRequiredService<ILogger<LogTransport>>());
        var endpoint = new ReceiveEndpoint(new LogTransport(log, group, Pump, context, report, time), context);
        ReceiveEndpoint = endpoint;
        return endpoint;

        SlicePump Pump(IReceivePipeDispatcher dispatcher, StopSignal stop) => new(Owner ?? new NobodyHears(), context, dispatcher, report, time, stop);
    }

    private LogEndpointContext CreateContext()
    {
        consumers.StartEachAttemptAfresh();
        ApplySpecifications(new ReceiveEndpointBuilder(this));
        return new(bus, this, group);
    }
}
