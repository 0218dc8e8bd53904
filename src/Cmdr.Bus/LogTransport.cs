using MassTransit;
using MassTransit.Transports;

namespace Cmdr.Bus;

/// <summary>Takes part in a group of the log while the endpoint is started.</summary>
/// <param name="log">The host's log.</param>
/// <param name="group">The group.</param>
/// <param name="consumer">Makes who handles what the log delivers, from the receive pipe with all middleware.</param>
/// <param name="endpoint">What all slices share.</param>
/// <param name="report">Told of what fails and what works.</param>
/// <param name="time">The host's clock.</param>
internal sealed class LogTransport(ILog log, LogGroup group, Func<IReceivePipeDispatcher, StopSignal, ILogConsumer> consumer, LogEndpointContext endpoint, EndpointReport report, TimeProvider time)
    : IReceiveTransport
{
    public ReceiveTransportHandle Start() => new LogMember(log, group, consumer, endpoint, report, time, new());

    public ConnectHandle ConnectReceiveObserver(IReceiveObserver observer) => endpoint.ConnectReceiveObserver(observer);

    public ConnectHandle ConnectPublishObserver(IPublishObserver observer) => endpoint.ConnectPublishObserver(observer);

    public ConnectHandle ConnectSendObserver(ISendObserver observer) => endpoint.ConnectSendObserver(observer);

    public ConnectHandle ConnectReceiveTransportObserver(IReceiveTransportObserver observer) => endpoint.ConnectReceiveTransportObserver(observer);

    public void Probe(ProbeContext context) => endpoint.Probe(context.CreateScope("receiveTransport"));
}
