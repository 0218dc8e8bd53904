using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Cmdr.Graph;

/// <summary>
/// Reads requests from HTTP and sockets. The library's reader crashes on variables given twice, and takes any size and any bytes.
/// </summary>
internal static class RequestReader
{
    internal const int MaxBytes = 2 * 1024 * 1024;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Reads a body whole.</summary>
    /// <exception cref="RequestException">It is larger than <see cref="MaxBytes"/>; what was read of it is consumed, so that an answer can be sent.</exception>
    internal static async Task<byte[]> Body(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes) throw TooLarge();
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var tooLarge = read.Buffer.Length > MaxBytes;
            if (tooLarge || read.IsCompleted)
            {
                var body = tooLarge ? [] : read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return tooLarge ? throw TooLarge() : body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Reads JSON of any kind.</summary>
    /// <exception cref="RequestException">It is not JSON, not UTF-8, nested too deep, or names a member twice.</exception>
    internal static JsonDocument Json(ReadOnlyMemory<byte> bytes)
    {
        if (!Utf8.IsValid(bytes.Span)) throw new RequestException(FaultCode.NotJson, "The request is not UTF-8.");
        try
        {
            var json = JsonDocument.Parse(bytes, Options);
            if (!MayHoldSurrogates(bytes.Span) || UnicodeText.FaultIn(json.RootElement, "") is not { } fault) return json;
            json.Dispose();
            throw new RequestException(FaultCode.Format, $"{fault} must be well-formed Unicode.", fault);
        }
        catch (JsonException e)
        {
            var where = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
            throw e.Message.Contains("Duplicate", StringComparison.OrdinalIgnoreCase)
                ? new RequestException(FaultCode.Duplicate, "The request names a member twice.", e.Path)
                : new RequestException(FaultCode.NotJson, $"The request is not JSON of at most {Options.MaxDepth} levels: it fails at {where}.");
        }
    }

    /// <summary>Reads the members of a request.</summary>
    /// <exception cref="RequestException">It is no request: GraphQL over HTTP, section 5.1.</exception>
    internal static GraphRequest Request(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array) throw new RequestException(ErrorCode.BadRequest, "Batches are not served; send one request at a time, or several commands by the mutation submit.");
        if (json.ValueKind != JsonValueKind.Object) throw new RequestException(ErrorCode.BadRequest, "The request must be a JSON object with the member query.");
        if (!json.TryGetProperty("query"u8, out var query)) throw new RequestException(FaultCode.Missing, "query must be given: the document.", "query");
        if (query.ValueKind != JsonValueKind.String) throw new RequestException(FaultCode.WrongType, "query must be text: the document.", "query");
        _ = Optional(json, "extensions", JsonValueKind.Object);
        return new(query.GetString()!, Optional(json, "operationName", JsonValueKind.String)?.GetString(), Optional(json, "variables", JsonValueKind.Object)); // its kind is text
    }

    /// <summary>Reads the parameters of a GET.</summary>
    /// <exception cref="RequestException">It is no request.</exception>
    internal static GraphRequest Request(IQueryCollection parameters)
    {
        string? One(string name) => parameters[name] switch
        {
            { Count: 0 } => null,
            { Count: 1 } values => values[0],
            _ => throw new RequestException(FaultCode.Duplicate, $"{name} must be given once.", name),
        };

        var query = One("query") is { Length: > 0 } text ? text : throw new RequestException(FaultCode.Missing, "query must be given: the document.", "query");
        _ = One("extensions") is { Length: > 0 } extensions ? Object(extensions, "extensions") : null;
        return new(query, One("operationName"), One("variables") is { Length: > 0 } variables ? Object(variables, "variables") : null);
    }

    private static JsonElement? Object(string text, string name)
    {
        var json = Json(System.Text.Encoding.UTF8.GetBytes(text)).RootElement;
        return json.ValueKind switch
        {
            JsonValueKind.Object => json,
            JsonValueKind.Null => null,
            _ => throw new RequestException(FaultCode.WrongType, $"{name} must be a JSON object.", name),
        };
    }

    private static JsonElement? Optional(JsonElement json, string name, JsonValueKind kind)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == kind ? value : throw new RequestException(FaultCode.WrongType, $"{name} must be {(kind == JsonValueKind.Object ? "an object" : "text")}.", name);
    }

    private static bool MayHoldSurrogates(ReadOnlySpan<byte> json) => json.IndexOf("\\ud"u8) >= 0 || json.IndexOf("\\uD"u8) >= 0;

    private static RequestException TooLarge() =>
        new(FaultCode.TooLarge, string.Create(CultureInfo.InvariantCulture, $"The request is larger than {MaxBytes} bytes."), status: StatusCodes.Status413PayloadTooLarge);
}

/// <summary>What came is no GraphQL request.</summary>
/// <param name="code">The error's code.</param>
/// <param name="message">A sentence for people.</param>
/// <param name="member">Which member is at fault; null where none is.</param>
/// <param name="status">The HTTP status.</param>
internal sealed class RequestException(string code, string message, string? member = null, int status = StatusCodes.Status400BadRequest) : Exception(message)
{
    internal int Status => status;

    internal FaultError Error => new(code, Message, member);
}
