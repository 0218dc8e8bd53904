using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Cmdr.Graph;

/// <summary>GraphQL over WebSockets, protocol graphql-transport-ws. Source: graphql-ws, PROTOCOL.md.</summary>
internal sealed class SocketTransport(GraphEngine engine, Subscriptions subscriptions, ErrorMask mask, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const string Protocol = "graphql-transport-ws";

    internal async Task Serve(HttpContext context)
    {
        var speaks = context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(speaks ? Protocol : null).ConfigureAwait(false);
        using var writer = new SocketWriter(socket);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            if (!speaks) throw SocketCloseException.NotAcceptable();
            if (IsForeign(context.Request)) throw SocketCloseException.Forbidden();
            var operations = new SocketOperations(engine, subscriptions, mask, writer, context.User, time, stop.Token);
            await using (operations.ConfigureAwait(false)) await new SocketSession(socket, writer, operations, time).Run(stop.Token).ConfigureAwait(false);
            await writer.Close(WebSocketCloseStatus.NormalClosure, "").ConfigureAwait(false);
        }
        catch (SocketCloseException e)
        {
            await writer.Close(e.Code, e.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await writer.Close(WebSocketCloseStatus.EndpointUnavailable, "The host stops").ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // The client has gone: nobody to answer.
            socket.Abort();
        }
    }

    /// <summary>
    /// True for a page of another site: browsers send sockets across sites, with cookies and past the same-origin policy. RFC 6455, section 10.2.
    /// </summary>
    private static bool IsForeign(HttpRequest request) => request.Headers.Origin is [{ } text] && !(Uri.TryCreate(text, UriKind.Absolute, out var origin)
        && Uri.TryCreate($"{origin.Scheme}://{request.Host.Value}", UriKind.Absolute, out var host)
        && string.Equals(origin.Authority, host.Authority, StringComparison.OrdinalIgnoreCase));
}
