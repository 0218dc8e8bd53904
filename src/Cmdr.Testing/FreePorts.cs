using System.Net;
using System.Net.Sockets;

namespace Cmdr.Testing;

/// <summary>Ports of loopback that nobody listens on.</summary>
internal static class FreePorts
{
    // Below what Linux, macOS and Windows give to outgoing connections: a node that is down finds its port still free when it comes back.
    private const int Lowest = 11_000;
    private const int Highest = 32_000;

    /// <summary>The first of <paramref name="count"/> consecutive ports, all free a moment ago.</summary>
    internal static int InARow(int count)
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var first = Random.Shared.Next(Lowest, Highest - count);
            if (Enumerable.Range(first, count).All(IsFree)) return first;
        }

        throw new KafkaStartException($"no {count} free ports in a row between {Lowest} and {Highest}");
    }

    private static bool IsFree(int port)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
