using System.Text.Json;
using GraphQL;
using GraphQLParser.AST;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Cmdr.Graph;

/// <summary>GraphQL over HTTP: POST for everything, GET for queries.</summary>
internal sealed class HttpTransport(GraphEngine engine, EventStreamTransport events, ErrorMask mask)
{
    internal async Task Serve(HttpContext context)
    {
        var answer = Negotiation.Choose(context.Request);
        if (answer == Answer.Page)
        {
            await GraphiQLPage.Serve(context).ConfigureAwait(false);
            return;
        }

        try
        {
            await Serve(context, answer).ConfigureAwait(false);
        }
        catch (RequestException e)
        {
            await Refuse(context, answer, e.Status, e.Error).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await Refuse(context, answer, e.StatusCode, new(ErrorCode.BadRequest, "The request's body could not be read.")).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nobody to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await Write(context.Response, answer, StatusCodes.Status500InternalServerError, new ExecutionResult { Errors = [mask.Mask(e)] }, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task Serve(HttpContext context, Answer answer)
    {
        if (answer == Answer.None) throw new RequestException(ErrorCode.BadRequest, "Accept must allow application/graphql-response+json, application/json or text/event-stream.", "accept", StatusCodes.Status406NotAcceptable);
        var isGet = HttpMethods.IsGet(context.Request.Method);
        if (!isGet && !HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, POST";
            throw new RequestException(ErrorCode.BadRequest, "Only GET and POST are served here.", status: StatusCodes.Status405MethodNotAllowed);
        }

        using var json = isGet ? null : RequestReader.Json(await ReadBody(context).ConfigureAwait(false));
        var prepared = await engine.Prepare(json is null ? RequestReader.Request(context.Request.Query) : RequestReader.Request(json.RootElement)).ConfigureAwait(false);
        if (isGet && prepared.Operation?.Operation == OperationType.Mutation)
        {
            context.Response.Headers.Allow = "POST";
            throw new RequestException(ErrorCode.NotHere, "A mutation must be sent by POST.", "query", StatusCodes.Status405MethodNotAllowed);
        }

        var isStream = answer == Answer.EventStream || (prepared.Operation?.Operation == OperationType.Subscription && Negotiation.TakesEvents(context.Request));
        if (isStream) await events.Serve(context, prepared).ConfigureAwait(false);
        else await Respond(context, answer, prepared).ConfigureAwait(false);
    }

    private async Task Respond(HttpContext context, Answer answer, Prepared prepared)
    {
        if (prepared.Operation?.Operation == OperationType.Subscription)
        {
            throw new RequestException(ErrorCode.NotHere, "A subscription must be sent with Accept: text/event-stream, or over a WebSocket of the protocol graphql-transport-ws.", "query");
        }

        var result = prepared.Errors is { } errors
            ? new ExecutionResult { Errors = errors }
            : await engine.Execute(prepared, context.User, context.RequestAborted).ConfigureAwait(false);
        // GraphQL over HTTP, section 6.4: application/json says 200 to whatever is a request, the newer type 400 to what did not execute.
        var status = result.Executed || answer == Answer.Json ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        await Write(context.Response, answer, status, result, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<byte[]> ReadBody(HttpContext context)
    {
        var type = context.Request.ContentType;
        if (type is not "application/json" && (!MediaTypeHeaderValue.TryParse(type, out var parsed) || !IsJson(parsed)))
        {
            throw new RequestException(ErrorCode.BadRequest, "Content-Type must be application/json, in UTF-8.", "content-type", StatusCodes.Status415UnsupportedMediaType);
        }

        return await RequestReader.Body(context.Request, context.RequestAborted).ConfigureAwait(false);
    }

    private static bool IsJson(MediaTypeHeaderValue type) =>
        type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static Task Refuse(HttpContext context, Answer answer, int status, FaultError error) =>
        Write(context.Response, answer, status, new ExecutionResult { Errors = [error] }, context.RequestAborted);

    private static async Task Write(HttpResponse response, Answer answer, int status, ExecutionResult result, CancellationToken cancellationToken)
    {
        response.StatusCode = status;
        response.ContentType = Negotiation.Header(answer);
        var writer = new Utf8JsonWriter(response.BodyWriter, ResultWriter.Options);
        await using (writer.ConfigureAwait(false)) ResultWriter.Write(writer, result);
        await response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
