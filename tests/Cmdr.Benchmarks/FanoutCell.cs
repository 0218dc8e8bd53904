using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>One event stream to a thousand subscribers over SSE.</summary>
internal sealed class FanoutCell : ICell
{
    private const int Subscribers = 1000;
    private const int Events = 1000;
    private const int Rounds = 5;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly byte[] Next = "event: next"u8.ToArray();

    public string Name => "fanout";

    public string Description => "deliveries/s to 1,000 SSE subscribers of one subscription; no floor: 50,000 or more, with flat memory";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        await using var app = await BenchHost.Serve(await bench.Fresh(cancellationToken), _ => { }, cancellationToken, roles: "none");
        var log = app.Services.GetRequiredService<ILog>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var counters = new long[Subscribers];
        var readers = await Task.WhenAll(Enumerable.Range(0, Subscribers).Select(n => Subscribe(new(app.Urls.First()), n, counters, stop.Token)));

        var rates = new List<double>();
        var heap = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var goal = (long)(round + 1) * Events * Subscribers;
            var watch = Stopwatch.StartNew();
            foreach (var chunk in Enumerable.Range(0, Events).Chunk(50)) await log.Append(Topics.Events, [.. chunk.Select(Event)], cancellationToken);
            while (counters.Sum() < goal)
            {
                if (watch.Elapsed > Limit) throw new InvalidOperationException($"Only {counters.Sum()} of {goal} deliveries came; the least to one subscriber was {counters.Min()}, the most {counters.Max()}.");
                await Task.Delay(5, cancellationToken);
            }

            if (counters.Sum() > goal) throw new InvalidOperationException("An event was delivered twice.");
            if (round > 0) rates.Add(Events * Subscribers / watch.Elapsed.TotalSeconds); // the first warms up
            heap.Add(GC.GetTotalMemory(forceFullCollection: true) / 1048576.0);
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        return new(Name, Math.Round(Result.Median(rates)), "deliveries/s", null, null, new Dictionary<string, object>
        {
            ["subscribers"] = Subscribers,
            ["deliveries"] = counters.Sum(),
            ["heapMiBAfterEachRound"] = heap.Select(mib => Math.Round(mib)).ToArray(),
        });
    }

    private static LogRecord Event(int n) => Bench.Deposited(n % 100);

    /// <summary>Opens a stream and returns its reader once the response has begun.</summary>
    private static async Task<Task> Subscribe(Uri address, int n, long[] counters, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port, stop);
        var body = """{"query":"subscription { events { type subject sequence json } }"}""";
        // HTTP/1.0: without chunks, whose sizes would stand in the middle of what is counted.
        var request = $"POST /graphql HTTP/1.0\r\nhost: {address.Authority}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: {body.Length}\r\n\r\n{body}";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), stop);
        var buffer = new byte[65536];
        var length = await socket.ReceiveAsync(buffer, stop);
        if (!Encoding.ASCII.GetString(buffer, 0, length).StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) throw new InvalidOperationException(Encoding.ASCII.GetString(buffer, 0, length));
        return Count(socket, buffer, n, counters, stop);
    }

    private static async Task Count(Socket socket, byte[] buffer, int n, long[] counters, CancellationToken stop)
    {
        using (socket)
        {
            var kept = 0;
            try
            {
                while (await socket.ReceiveAsync(buffer.AsMemory(kept), stop) is var read and > 0)
                {
                    var text = buffer.AsMemory(0, kept + read);
                    counters[n] += Matches(text.Span, out var rest);
                    kept = rest;
                    text[^kept..].CopyTo(buffer);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // the cell is done
            }
        }
    }

    /// <summary>Counts markers; <paramref name="rest"/> is how much of the end may be the beginning of one more.</summary>
    private static int Matches(ReadOnlySpan<byte> text, out int rest)
    {
        var count = 0;
        while (text.IndexOf(Next) is var at and >= 0)
        {
            count++;
            text = text[(at + Next.Length)..];
        }

        rest = Math.Min(text.Length, Next.Length - 1);
        return count;
    }
}
