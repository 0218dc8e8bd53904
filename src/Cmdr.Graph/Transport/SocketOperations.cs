using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text.Json;
using GraphQL;

namespace Cmdr.Graph;

/// <summary>The operations that run over one socket.</summary>
internal sealed class SocketOperations(
    GraphEngine engine, Subscriptions subscriptions, ErrorMask mask, SocketWriter writer, ClaimsPrincipal user, TimeProvider time, CancellationToken stopping) : IAsyncDisposable
{
    private const int MaxOperations = 200;
    private static readonly TimeSpan HeartbeatAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Operation> running = new(StringComparer.Ordinal);

    /// <summary>Starts an operation; its results go out as they come.</summary>
    /// <exception cref="SocketCloseException">Its id is in use, or the payload is no request.</exception>
    internal void Start(string id, JsonElement? payload)
    {
        if (payload is not { } json) throw SocketCloseException.BadRequest("A message of type subscribe must have a payload.");
        GraphRequest request;
        try
        {
            request = RequestReader.Request(json);
        }
        catch (RequestException e)
        {
            throw SocketCloseException.BadRequest(e.Message);
        }

        var operation = new Operation(CancellationTokenSource.CreateLinkedTokenSource(stopping));
        if (!running.TryAdd(id, operation))
        {
            operation.Stop.Dispose();
            throw SocketCloseException.Exists(id);
        }

        operation.Ended = Task.Run(() => Run(id, request, operation), CancellationToken.None);
    }

    /// <summary>Ends an operation; one that is not known has ended already.</summary>
    internal void Complete(string id)
    {
        if (running.TryGetValue(id, out var operation)) operation.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var operation in running.Values) operation.Cancel();
        var ended = Task.WhenAll(running.Values.Select(operation => operation.Ended));
        try
        {
            await ended.WaitAsync(SendLimit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The peer does not read what it was sent.
            writer.Abort();
            await ended.ConfigureAwait(false);
        }
    }

    private async Task Run(string id, GraphRequest request, Operation operation)
    {
        var cancellationToken = operation.Stop.Token;
        try
        {
            if (await Execute(id, request, cancellationToken).ConfigureAwait(false) is { } errors) await End(id, operation, () => writer.Error(id, errors, cancellationToken)).ConfigureAwait(false);
            else await End(id, operation, () => writer.Send("complete", id, null, cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
            // The client completed it or has gone, or the host stops: nobody waits for a result.
        }
        finally
        {
            running.TryRemove(KeyValuePair.Create(id, operation));
            operation.Dispose();
        }
    }

    /// <summary>Takes the id back before the last message, so that the client may use it again when it has that.</summary>
    private ValueTask End(string id, Operation operation, Func<ValueTask> send)
    {
        running.TryRemove(KeyValuePair.Create(id, operation));
        return send();
    }

    /// <summary>Runs it to its end; gives the errors when it could not begin or go on.</summary>
    private async Task<IEnumerable<ExecutionError>?> Execute(string id, GraphRequest request, CancellationToken cancellationToken)
    {
        if (running.Count > MaxOperations) return [new FaultError(ErrorCode.TooComplex, $"A socket carries at most {MaxOperations} operations at a time.")];
        try
        {
            var prepared = await engine.Prepare(request).ConfigureAwait(false);
            if (prepared.Errors is { } errors) return errors;
            var result = await engine.Execute(prepared, user, cancellationToken).ConfigureAwait(false);
            if (result.Streams?.Values.FirstOrDefault() is PulledStream stream) await Follow(id, prepared, stream, cancellationToken).ConfigureAwait(false);
            else if (!result.Executed || result.Streams is not null) return result.Errors;
            else await writer.Next(id, result, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is not (OperationCanceledException or WebSocketException or IOException or ObjectDisposedException))
        {
            return [mask.Mask(e)];
        }
    }

    private async Task Follow(string id, Prepared prepared, PulledStream stream, CancellationToken cancellationToken)
    {
        var prefix = SocketWriter.NextPrefix(id);
        var written = time.GetTimestamp();
        await foreach (var page in subscriptions.Read(prepared, stream, cancellationToken).ConfigureAwait(false))
        {
            if (page.Payloads.Count == 0 && time.GetElapsedTime(written) < HeartbeatAfter) continue;
            if (page.Payloads.Count == 0) await writer.Send("ping", null, json => Heartbeat(json, id, page.Cursor), cancellationToken).ConfigureAwait(false);
            foreach (var payload in page.Payloads) await writer.Next(prefix, payload, cancellationToken).ConfigureAwait(false);
            written = time.GetTimestamp();
        }
    }

    /// <summary>Tells how far a subscription has come where there is nothing to deliver.</summary>
    private static void Heartbeat(Utf8JsonWriter json, string id, Cursor cursor)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("cursor"u8, cursor.ToString());
        json.WriteEndObject();
    }

    private sealed class Operation(CancellationTokenSource stop) : IDisposable
    {
        private readonly Lock gate = new();
        private bool disposed;

        internal CancellationTokenSource Stop => stop;

        internal Task Ended { get; set; } = Task.CompletedTask;

        internal void Cancel()
        {
            lock (gate)
            {
                if (!disposed) stop.Cancel();
            }
        }

        public void Dispose()
        {
            lock (gate)
            {
                disposed = true;
                stop.Dispose();
            }
        }
    }
}
