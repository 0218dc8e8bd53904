using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using GraphQL;
using GraphQLParser.AST;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Hosting;

namespace Cmdr.Graph;

/// <summary>GraphQL over server-sent events, distinct connections mode: one operation for each request. Source: graphql-sse, PROTOCOL.md.</summary>
internal sealed class EventStreamTransport(GraphEngine engine, Subscriptions subscriptions, ErrorMask mask, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan HeartbeatAfter = TimeSpan.FromSeconds(10);

    /// <summary>Runs an operation of a stream that is not yet started.</summary>
    internal async Task Serve(HttpContext context, Prepared prepared)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var response = context.Response;
        response.ContentType = Negotiation.EventStream;
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // A slow reader is caught up from the log; the server need not drop it.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        await response.StartAsync(stop.Token).ConfigureAwait(false);
        try
        {
            await Run(response.BodyWriter, prepared, context, stop.Token).ConfigureAwait(false);
            response.BodyWriter.Write("event: complete\ndata:\n\n"u8);
            await response.BodyWriter.FlushAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The client has gone, or the host stops: a stream that ends without "complete" is one to take up again.
        }
    }

    private async Task Run(PipeWriter output, Prepared prepared, HttpContext context, CancellationToken cancellationToken)
    {
        var result = prepared.Errors is { } errors
            ? new ExecutionResult { Errors = errors }
            : await engine.Execute(prepared, context.User, prepared.Operation!.Operation == OperationType.Subscription ? cancellationToken : context.RequestAborted).ConfigureAwait(false); // without errors there is an operation
        if (result.Streams?.Values.FirstOrDefault() is not PulledStream stream)
        {
            Write(output, result);
            return;
        }

        try
        {
            await Follow(output, prepared, stream, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Write(output, new ExecutionResult { Errors = [mask.Mask(e)] });
        }
    }

    private async Task Follow(PipeWriter output, Prepared prepared, PulledStream stream, CancellationToken cancellationToken)
    {
        var written = time.GetTimestamp();
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var page in subscriptions.Read(prepared, stream, cancellationToken).ConfigureAwait(false))
        {
            if (page.Payloads.Count == 0 && time.GetElapsedTime(written) < HeartbeatAfter) continue;
            if (page.Payloads.Count == 0) output.Write(Encoding.UTF8.GetBytes($": {page.Cursor}\n\n")); // a heartbeat tells how far the stream has come
            foreach (var payload in page.Payloads) Write(output, payload.Span);
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            written = time.GetTimestamp();
        }
    }

    private static void Write(PipeWriter output, ReadOnlySpan<byte> payload)
    {
        output.Write("event: next\ndata: "u8);
        output.Write(payload);
        output.Write("\n\n"u8);
    }

    private static void Write(PipeWriter output, ExecutionResult result)
    {
        output.Write("event: next\ndata: "u8);
        using (var writer = new Utf8JsonWriter(output, ResultWriter.Options)) ResultWriter.Write(writer, result);
        output.Write("\n\n"u8);
    }
}
