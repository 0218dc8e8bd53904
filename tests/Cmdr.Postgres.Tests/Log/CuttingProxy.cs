using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Cmdr.Postgres.Tests;

/// <summary>Stands between a host and its server: the connection on which a marker was sent is cut when the server answers, so that the host never hears what it did.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly NpgsqlConnectionStringBuilder server;
    private readonly byte[] marker;
    private int cuts;

    public CuttingProxy(string database, string marker)
    {
        (server, this.marker) = (new(database), Encoding.UTF8.GetBytes(marker));
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Database = new NpgsqlConnectionStringBuilder(database) { Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndPoint!).Port }.ConnectionString; // bound above
        _ = Accept();
    }

    /// <summary>How to connect through it.</summary>
    public string Database { get; }

    public int Cuts => cuts;

    public void Dispose() => listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await listener.AcceptAsync());
        }
        catch (SocketException)
        {
            // disposed
        }
        catch (ObjectDisposedException)
        {
            // disposed
        }
    }

    private async Task Serve(Socket client)
    {
        using (client)
        using (var upstream = await Connect())
        {
            var isMarked = false;
            await Task.WhenAny(
                Pump(client, upstream, sent =>
                {
                    isMarked |= sent.Span.IndexOf(marker) >= 0;
                    return true;
                }),
                Pump(upstream, client, _ => !isMarked || Interlocked.Increment(ref cuts) == 0));
        }
    }

    private async Task<Socket> Connect()
    {
        var isFile = server.Host!.StartsWith('/'); // the fixture names one
        var socket = isFile ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (isFile) await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.{server.Port}"));
        else await socket.ConnectAsync(server.Host, server.Port);
        return socket;
    }

    private static async Task Pump(Socket from, Socket to, Func<ReadOnlyMemory<byte>, bool> forwards)
    {
        var buffer = new byte[65536];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                if (!forwards(buffer.AsMemory(0, read))) return;
                for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
            }
        }
        catch (SocketException)
        {
            // either side has gone
        }
        catch (ObjectDisposedException)
        {
            // the other direction has ended
        }
    }
}
