using System.Net.WebSockets;
using System.Text.Json;

namespace Cmdr.Graph;

/// <summary>A message of the protocol graphql-transport-ws.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Id">Which operation; null where it is of none.</param>
/// <param name="Payload">Null for none.</param>
internal readonly record struct SocketMessage(string Type, string? Id, JsonElement? Payload)
{
    private const int MaxIdLength = 256;

    /// <summary>Reads a text frame.</summary>
    /// <exception cref="SocketCloseException">It is no message of the protocol.</exception>
    internal static SocketMessage Read(ReadOnlyMemory<byte> text)
    {
        JsonElement json;
        try
        {
            using var document = RequestReader.Json(text);
            json = document.RootElement.Clone();
        }
        catch (RequestException e)
        {
            throw SocketCloseException.BadRequest(e.Message);
        }

        if (json.ValueKind != JsonValueKind.Object || Text(json, "type") is not { } type) throw SocketCloseException.BadRequest("A message must be an object with a type.");
        var id = Text(json, "id");
        if (type is "subscribe" or "complete" && id is not { Length: > 0 and <= MaxIdLength }) throw SocketCloseException.BadRequest($"A message of type {type} must have an id of 1 to {MaxIdLength} characters.");
        return new(type, id, json.TryGetProperty("payload", out var payload) && payload.ValueKind != JsonValueKind.Null ? payload : null);
    }

    private static string? Text(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw SocketCloseException.BadRequest($"{name} must be text.");
    }
}

/// <summary>The socket is to be closed with a code. Source: graphql-ws, PROTOCOL.md.</summary>
/// <param name="code">The close code.</param>
/// <param name="reason">For people.</param>
internal sealed class SocketCloseException(int code, string reason) : Exception(reason)
{
    internal WebSocketCloseStatus Code => (WebSocketCloseStatus)code;

    internal static SocketCloseException BadRequest(string reason) => new(4400, reason);

    internal static SocketCloseException Unauthorized() => new(4401, "Unauthorized");

    internal static SocketCloseException Forbidden() => new(4403, "Forbidden");

    internal static SocketCloseException NotAcceptable() => new(4406, "Subprotocol not acceptable");

    internal static SocketCloseException NoInitialisation() => new(4408, "Connection initialisation timeout");

    internal static SocketCloseException Exists(string id) => new(4409, $"Subscriber for {id} already exists");

    internal static SocketCloseException TooManyInitialisations() => new(4429, "Too many initialisation requests");

    internal static SocketCloseException TooBig() => new((int)WebSocketCloseStatus.MessageTooBig, $"A message may have at most {RequestReader.MaxBytes} bytes");
}
