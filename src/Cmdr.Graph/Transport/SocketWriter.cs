using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using GraphQL;

namespace Cmdr.Graph;

/// <summary>Sends messages, one at a time: a socket takes no two.</summary>
internal sealed class SocketWriter(WebSocket socket) : IDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim turn = new(1, 1);

    /// <summary>What goes before the payload of each result of an operation.</summary>
    internal static byte[] NextPrefix(string id) => [.. "{\"id\":"u8, .. JsonSerializer.SerializeToUtf8Bytes(id), .. ",\"type\":\"next\",\"payload\":"u8];

    /// <summary>Sends a result that was serialised already.</summary>
    internal async ValueTask Next(byte[] prefix, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var length = prefix.Length + payload.Length + 1;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            prefix.CopyTo(buffer, 0);
            payload.CopyTo(buffer.AsMemory(prefix.Length));
            buffer[length - 1] = (byte)'}';
            await Send(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    internal ValueTask Next(string id, ExecutionResult result, CancellationToken cancellationToken) =>
        Send("next", id, writer => ResultWriter.Write(writer, result), cancellationToken);

    internal ValueTask Error(string id, IEnumerable<ExecutionError> errors, CancellationToken cancellationToken) =>
        Send("error", id, writer => ResultWriter.Write(writer, errors), cancellationToken);

    /// <summary>Sends a message.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="id">Which operation; null for none.</param>
    /// <param name="payload">Writes the payload; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async ValueTask Send(string type, string? id, Action<Utf8JsonWriter>? payload, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new Utf8JsonWriter(buffer, ResultWriter.Options);
        await using (writer.ConfigureAwait(false))
        {
            writer.WriteStartObject();
            if (id is not null) writer.WriteString("id"u8, id);
            writer.WriteString("type"u8, type);
            if (payload is not null)
            {
                writer.WritePropertyName("payload"u8);
                payload(writer);
            }

            writer.WriteEndObject();
        }

        await Send(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes with a code. A peer that does not answer is left.</summary>
    internal async Task Close(WebSocketCloseStatus code, string reason)
    {
        using var limit = new CancellationTokenSource(CloseLimit);
        try
        {
            await turn.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(code, Short(reason), limit.Token).ConfigureAwait(false);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            socket.Abort();
        }
    }

    /// <summary>Leaves the peer at once.</summary>
    internal void Abort() => socket.Abort();

    public void Dispose() => turn.Dispose();

    // A close frame carries at most 123 bytes of reason: RFC 6455, section 5.5.
    private static string Short(string reason) => reason.Length <= 120 && reason.All(char.IsAscii) ? reason : string.Concat(reason.Where(char.IsAscii).Take(120));

    private async ValueTask Send(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A send that is cancelled aborts the socket, and with it the other operations.
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }
}
