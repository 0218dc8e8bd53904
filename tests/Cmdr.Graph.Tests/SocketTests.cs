using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Cmdr.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class SocketTests
{
    [Fact]
    public async Task Several_operations_of_every_kind_share_a_socket()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        using var socket = await Connect(host);

        await Send(socket, """{"type":"subscribe","id":"s","payload":{"query":"subscription { events(after: \"beginning\") { type } }"}}""");
        await Send(socket, """{"type":"subscribe","id":"q","payload":{"query":"{ __typename }"}}""");
        Assert.Equal("""{"id":"q","type":"next","payload":{"data":{"__typename":"Query"}}}""", await Receive(socket));
        Assert.Equal("""{"id":"q","type":"complete"}""", await Receive(socket));
        await Send(socket, """{"type":"subscribe","id":"m","payload":{"query":"mutation { openAccount(input: { account: \"a1\", owner: \"Ann\", currency: \"EUR\" }) { status } }"}}""");
        string[] received = [await Receive(socket), await Receive(socket), await Receive(socket)];

        Assert.Equal(
            ["""{"id":"m","type":"complete"}""", """{"id":"m","type":"next","payload":{"data":{"openAccount":{"status":"COMPLETED"}}}}""", """{"id":"s","type":"next","payload":{"data":{"events":{"type":"account-opened"}}}}"""],
            received.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{", 4400)]
    [InlineData("[]", 4400)]
    [InlineData("""{"type":"nothing"}""", 4400)]
    [InlineData("""{"type":"ping","type":"ping"}""", 4400)]
    [InlineData("""{"type":"subscribe","id":"\ud800","payload":{"query":"{ __typename }"}}""", 4400)]
    [InlineData("""{"type":"subscribe","payload":{"query":"{ __typename }"}}""", 4400)]
    [InlineData("""{"type":"subscribe","id":"1","payload":{"query":5}}""", 4400)]
    [InlineData("""{"type":"connection_init"}""", 4429)]
    public async Task Who_breaks_the_protocol_is_closed_with_its_code(string message, int code)
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        using var socket = await Connect(host);

        await Send(socket, message);

        Assert.Equal(code, await Closed(socket));
        Assert.Empty(host.Lines);
    }

    [Fact]
    public async Task Operations_before_the_handshake_and_ids_in_use_are_refused()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        using var early = await Connect(host, handshake: false);
        using var twice = await Connect(host);
        const string Subscribe = """{"type":"subscribe","id":"1","payload":{"query":"subscription { events { id } }"}}""";

        await Send(early, Subscribe);
        await Send(twice, Subscribe);
        await Send(twice, Subscribe);

        Assert.Equal(4401, await Closed(early));
        Assert.Equal(4409, await Closed(twice));
    }

    [Fact]
    public async Task Other_protocols_and_pages_of_other_sites_are_refused()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        using var old = await Connect(host, protocol: "graphql-ws", handshake: false);
        using var foreign = await Connect(host, origin: "https://elsewhere.example", handshake: false);
        using var own = await Connect(host, origin: host.Address.GetLeftPart(UriPartial.Authority));

        Assert.Equal(4406, await Closed(old));
        Assert.Equal(4403, await Closed(foreign));
        Assert.Equal(WebSocketState.Open, own.State);
    }

    [Fact]
    public async Task Who_does_not_shake_hands_in_time_is_closed()
    {
        var time = new FakeTimeProvider();
        await using var host = await GraphHost.Start<LedgerModule>(services => services.AddSingleton<TimeProvider>(time));
        using var socket = await Connect(host, handshake: false);
        var closed = Closed(socket);

        while (!closed.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(closed, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        Assert.Equal(4408, await closed);
    }

    [Fact]
    public async Task A_subscription_where_nothing_happens_tells_how_far_it_has_come()
    {
        var time = new FakeTimeProvider();
        await using var host = await GraphHost.Start<LedgerModule>(services => services.AddSingleton<TimeProvider>(time));
        using var socket = await Connect(host);
        await using var stream = await host.Subscribe("""subscription { events(types: ["nothing"]) { id } }""");
        await Send(socket, """{"type":"subscribe","id":"1","payload":{"query":"subscription { events(types: [\"nothing\"]) { id } }"}}""");
        await host.Open("a1");
        var (ping, comment) = (Receive(socket), stream.Comment());

        while (!ping.IsCompleted || !comment.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(Task.WhenAll(ping, comment), Task.Delay(20, TestContext.Current.CancellationToken));
        }

        using var json = JsonDocument.Parse(await ping);
        Assert.Equal("ping", json.RootElement.GetProperty("type").GetString());
        Assert.True(Cursor.TryParse(json.RootElement.GetProperty("payload").GetProperty("cursor").GetString(), out var told));
        Assert.Equal(1, told.Next.Sum());
        Assert.True(Cursor.TryParse((await comment)[2..], out var commented));
        Assert.Equal(1, commented.Next.Sum());
    }

    [Fact]
    public async Task Subscriptions_that_are_alike_share_a_serialisation_and_each_gets_all()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        List<ClientWebSocket> sockets = [];
        for (var i = 0; i < 20; i++)
        {
            var socket = await Connect(host);
            await Send(socket, """{"type":"subscribe","id":"1","payload":{"query":"subscription ($after: Cursor!) { events(after: $after) { json cursor } }","variables":{"after":"beginning"}}}""");
            sockets.Add(socket);
        }

        await host.Open("a1");
        for (var i = 0; i < 50; i++) await host.Deposit("a1", i + 1);

        List<string> first = [];
        for (var i = 0; i < 51; i++) first.Add(await Receive(sockets[0]));
        foreach (var socket in sockets.Skip(1))
        {
            for (var i = 0; i < 51; i++) Assert.Equal(first[i], await Receive(socket));
        }

        foreach (var socket in sockets) socket.Dispose();
        Assert.Equal(51, first.Distinct().Count());
    }

    [Fact]
    public async Task The_host_says_that_it_goes_away()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        using var socket = await Connect(host);
        await Send(socket, """{"type":"subscribe","id":"1","payload":{"query":"subscription { events { id } }"}}""");
        var closed = Closed(socket);

        await host.Stop();

        Assert.Equal((int)WebSocketCloseStatus.EndpointUnavailable, await closed);
    }

    private static async Task<ClientWebSocket> Connect(GraphHost host, string protocol = "graphql-transport-ws", string? origin = null, bool handshake = true)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(protocol);
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new UriBuilder(host.Address) { Scheme = "ws" }.Uri, TestContext.Current.CancellationToken);
        if (!handshake) return socket;
        await Send(socket, """{"type":"connection_init"}""");
        Assert.Equal("""{"type":"connection_ack"}""", await Receive(socket));
        return socket;
    }

    private static Task Send(ClientWebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    private static async Task<string> Receive(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    private static async Task<int?> Closed(ClientWebSocket socket)
    {
        while (socket.State == WebSocketState.Open) await Receive(socket);
        return (int?)socket.CloseStatus;
    }
}
