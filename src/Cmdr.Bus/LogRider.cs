using MassTransit;
using MassTransit.Transports;

namespace Cmdr.Bus;

/// <summary>The log's endpoints, while the bus runs.</summary>
internal sealed class LogRider(ReceiveEndpointCollection endpoints) : IRiderControl
{
    public RiderHandle Start(CancellationToken cancellationToken = default)
    {
        // Not the token: a start that is given up stops the endpoints by the handle.
        endpoints.StartEndpoints(CancellationToken.None);
        return new Handle(endpoints);
    }

    public IEnumerable<EndpointHealthResult> CheckEndpointHealth() => endpoints.CheckEndpointHealth();

    private sealed class Handle(ReceiveEndpointCollection endpoints) : RiderHandle
    {
        /// <summary>At once: a log that cannot be reached yet holds up neither the host nor the bus; the endpoints try on, and health says so.</summary>
        public Task Ready => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => endpoints.StopEndpoints(cancellationToken);
    }
}
