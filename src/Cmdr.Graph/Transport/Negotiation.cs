using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Cmdr.Graph;

/// <summary>What a client accepts.</summary>
internal enum Answer
{
    /// <summary><c>application/json</c>: also what a client gets that says nothing.</summary>
    Json,

    /// <summary><c>application/graphql-response+json</c>.</summary>
    GraphResponse,

    /// <summary><c>text/event-stream</c>.</summary>
    EventStream,

    /// <summary><c>text/html</c>: a browser, which gets GraphiQL.</summary>
    Page,

    /// <summary>None of these.</summary>
    None,
}

/// <summary>Chooses by the Accept header: GraphQL over HTTP, section 6.1; RFC 9110, section 12.5.1.</summary>
internal static class Negotiation
{
    internal const string Json = "application/json; charset=utf-8";
    internal const string GraphResponse = "application/graphql-response+json; charset=utf-8";
    internal const string EventStream = "text/event-stream; charset=utf-8";

    internal static Answer Choose(HttpRequest request)
    {
        var header = request.Headers.Accept;
        if (header.Count == 0) return Answer.Json;
        if (header is [Json or "application/json" or "*/*"]) return Answer.Json;
        if (!MediaTypeHeaderValue.TryParseList(header, out var types)) return Answer.None;
        foreach (var type in types.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1))
        {
            if (Of(type, request) is { } answer) return answer;
        }

        return Answer.None;
    }

    /// <summary>True when the client takes an event stream too, though it may like another answer better.</summary>
    internal static bool TakesEvents(HttpRequest request) => MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var types)
        && types.Any(type => type.Quality is not 0 && Of(type, request) == Answer.EventStream);

    internal static string Header(Answer answer) => answer == Answer.GraphResponse ? GraphResponse : Json;

    private static Answer? Of(MediaTypeHeaderValue type, HttpRequest request)
    {
        if (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)) return null;
        return type.MediaType.Value?.ToUpperInvariant() switch
        {
            "APPLICATION/JSON" or "APPLICATION/*" or "*/*" => Answer.Json,
            "APPLICATION/GRAPHQL-RESPONSE+JSON" => Answer.GraphResponse,
            "TEXT/EVENT-STREAM" => Answer.EventStream,
            "TEXT/HTML" when HttpMethods.IsGet(request.Method) => Answer.Page,
            _ => null,
        };
    }
}
