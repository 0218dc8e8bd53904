using System.Buffers;
using System.Net.WebSockets;

namespace Cmdr.Graph;

/// <summary>One socket: its handshake and the messages that come in.</summary>
internal sealed class SocketSession(WebSocket socket, SocketWriter writer, SocketOperations operations, TimeProvider time)
{
    private const int FrameBytes = 4096;
    private const int KeptBytes = 64 * 1024;
    private static readonly TimeSpan InitialisationLimit = TimeSpan.FromSeconds(3);

    private bool initialised;

    /// <summary>Runs until the client closes.</summary>
    /// <exception cref="SocketCloseException">The client broke the protocol.</exception>
    internal async Task Run(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(InitialisationLimit, time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var buffer = new ArrayBufferWriter<byte>(FrameBytes);
        try
        {
            while (await Receive(buffer, initialised ? cancellationToken : until.Token).ConfigureAwait(false))
            {
                await Handle(SocketMessage.Read(buffer.WrittenMemory), cancellationToken).ConfigureAwait(false);
                if (buffer.Capacity > KeptBytes) buffer = new(FrameBytes);
                else buffer.ResetWrittenCount();
            }
        }
        catch (OperationCanceledException) when (!initialised && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw SocketCloseException.NoInitialisation();
        }
    }

    private async ValueTask Handle(SocketMessage message, CancellationToken cancellationToken)
    {
        switch (message.Type)
        {
            case "connection_init" when initialised:
                throw SocketCloseException.TooManyInitialisations();
            case "connection_init":
                initialised = true;
                await writer.Send("connection_ack", null, null, cancellationToken).ConfigureAwait(false);
                break;
            case "ping":
                await writer.Send("pong", null, message.Payload is { } payload ? json => payload.WriteTo(json) : null, cancellationToken).ConfigureAwait(false);
                break;
            case "pong":
                break;
            case "subscribe" when !initialised:
                throw SocketCloseException.Unauthorized();
            case "subscribe":
                operations.Start(message.Id!, message.Payload); // read with an id
                break;
            case "complete":
                operations.Complete(message.Id!); // read with an id
                break;
            default:
                throw SocketCloseException.BadRequest("The message's type is not of the protocol.");
        }
    }

    /// <summary>Receives a whole message; false when the client closes.</summary>
    private async ValueTask<bool> Receive(ArrayBufferWriter<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            // A cancelled receive aborts the socket, and a close code could not be sent any more: so the wait is cancelled and not the receive.
            var received = await socket.ReceiveAsync(buffer.GetMemory(FrameBytes), CancellationToken.None).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close) return false;
            if (received.MessageType == WebSocketMessageType.Binary) throw SocketCloseException.BadRequest("Messages must be text.");
            buffer.Advance(received.Count);
            if (buffer.WrittenCount > RequestReader.MaxBytes) throw SocketCloseException.TooBig();
            if (received.EndOfMessage) return true;
        }
    }
}
