using MassTransit;
using MassTransit.Configuration;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cmdr.Bus;

/// <summary>What an author configures of a processor, on the settings that the bus gives all its endpoints.</summary>
internal sealed class ProcessorConfiguration : ReceiveEndpointConfiguration, IProcessorConfigurator
{
    private readonly IBusInstance bus;
    private readonly IReceiveEndpointConfiguration endpoint;
    private readonly IServiceProvider services;
    private readonly ProcessorSettings settings;
    private readonly ProcessorConsumers consumers = new();
    private readonly List<string> faults = [];

    public ProcessorConfiguration(IBusInstance bus, IReceiveEndpointConfiguration endpoint, string group, IServiceProvider services)
        : base(bus.HostConfiguration, endpoint)
    {
        (this.bus, this.endpoint, this.services, settings) = (bus, endpoint, services, new(group));
        ConnectConsumerConfigurationObserver(consumers);
        ConnectHandlerConfigurationObserver(consumers);
        ConnectSagaConfigurationObserver(consumers);
        PublishFaults = false;
        this.RethrowFaultedMessages();
        // An event that nobody took is refused by its dispatch, also where middleware swallowed the fault.
        this.DiscardSkippedMessages();
    }

    public int ConcurrentSubjects { get => settings.ConcurrentSubjects; set => settings.ConcurrentSubjects = value; }

    public IReadOnlyList<TimeSpan> Backoff { get => settings.Backoff; set => settings.Backoff = value; }

    public int MaxSliceRecords { get => settings.MaxSliceRecords; set => settings.MaxSliceRecords = value; }

    public TimeSpan SliceTime { get => settings.SliceTime; set => settings.SliceTime = value; }

    public override Uri HostAddress => endpoint.HostAddress;

    public override Uri InputAddress => endpoint.InputAddress;

    public void WaitOut(Func<Exception, bool> isOutage) => settings.Outages.Add(isOutage);

    public override IEnumerable<ValidationResult> Validate()
    {
        // Consumers tell their messages while they are validated, so they are asked for first.
        foreach (var result in base.Validate()) yield return result;
        foreach (var fault in consumers.Faults()) yield return this.Failure("Consumer", fault);
        foreach (var fault in settings.Faults()) yield return this.Failure("Processor", fault);
        Readers();
        foreach (var fault in faults) yield return this.Failure("Consumer", fault);
    }

    public override ReceiveEndpointContext CreateReceiveEndpointContext() => CreateContext();

    public ReceiveEndpoint Build(ILog log)
    {
        var context = CreateContext();
        context.Follow(services);
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = services.GetRequiredService<ILogger<LogTransport>>();
        var report = new EndpointReport(settings.LogGroup, context, time, logger);
        var progress = services.GetRequiredService<ProcessorProgress>();
        progress.Add(settings.Group);
        var parts = new ProcessorParts(log, context, settings, Readers(), report, new(settings.Group), progress, time, logger);
        var transport = new LogTransport(log, settings.LogGroup, (dispatcher, stop) => new ProcessorPump(parts, Dispatch(parts, dispatcher), stop), context, report, time);
        return (ReceiveEndpoint)(ReceiveEndpoint = new ReceiveEndpoint(transport, context));
    }

    private EventDispatch Dispatch(ProcessorParts parts, IReceivePipeDispatcher dispatcher)
    {
        var intake = new Lazy<IIntake?>(services.GetService<IIntake>);
        return new(parts.Endpoint, dispatcher, settings, parts.Meters, consume => new(intake.Value, settings.Group, consume.Record), parts.Time);
    }

    private EventReaders Readers()
    {
        faults.Clear();
        return EventReaders.Of(consumers.Messages, services.GetService<Catalog>(), faults.Add);
    }

    private LogEndpointContext CreateContext()
    {
        consumers.CountSubmissionsAfresh();
        ApplySpecifications(new ReceiveEndpointBuilder(this));
        return new(bus, this, settings.LogGroup);
    }
}
