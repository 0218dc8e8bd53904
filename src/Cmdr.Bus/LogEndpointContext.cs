using MassTransit;
using MassTransit.Configuration;
using MassTransit.Serialization;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cmdr.Bus;

/// <summary>What all slices of an endpoint share.</summary>
internal sealed class LogEndpointContext : BaseReceiveEndpointContext
{
    private readonly IBusInstance bus;
    private readonly LogGroup group;

    public LogEndpointContext(IBusInstance bus, IReceiveEndpointConfiguration configuration, LogGroup group)
        : base(bus.HostConfiguration, configuration)
    {
        this.bus = bus;
        this.group = group;
        Serializer = new SystemTextJsonSerializerContext(
            SystemTextJsonMessageSerializer.Instance, SystemTextJsonMessageSerializer.Options, SystemTextJsonMessageSerializer.JsonContentType,
            new RawMessageContext(EmptyHeaders.Instance, InputAddress, RawSerializerOptions.Default), MessageTypes, message: group);
        GetOrAddPayload(() => bus.HostConfiguration.Topology);
    }

    public static string[] MessageTypes { get; } = [MessageUrn.ForTypeString<Slice>()];

    /// <summary>Ends once the host has opened its log; at once where no host opens it.</summary>
    public Task LogOpened { get; private set; } = Task.CompletedTask;

    /// <summary>Cancelled when the host is told to stop; never where there is no host.</summary>
    public CancellationToken HostStopping { get; private set; }

    /// <summary>Slices are never serialised; this serves middleware that serialises what a consumer sends.</summary>
    public SerializerContext Serializer { get; }

    /// <summary>Begins and ends with the host whose services these are.</summary>
    public void Follow(IServiceProvider services)
    {
        LogOpened = services.GetService<LogOpening>()?.Opened ?? Task.CompletedTask;
        HostStopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
    }

    public override void AddSendAgent(IAgent agent) => throw new NotSupportedException();

    public override void AddConsumeAgent(IAgent agent) => throw new NotSupportedException();

    public override Exception ConvertException(Exception exception, string message) => new LogException(message + group.Name, exception);

    public override void Probe(ProbeContext context)
    {
        context.Add("type", "log");
        context.Add("group", group.Name);
        context.Add("topics", string.Join(", ", group.Topics));
    }

    // What a consumer publishes or sends goes to the bus; what it appends goes to the log.
    protected override IPublishEndpointProvider CreatePublishEndpointProvider() => bus.Bus;

    protected override ISendEndpointProvider CreateSendEndpointProvider() => bus.Bus;

    protected override ISendTransportProvider CreateSendTransportProvider() => throw new NotSupportedException();

    protected override IPublishTransportProvider CreatePublishTransportProvider() => throw new NotSupportedException();
}
