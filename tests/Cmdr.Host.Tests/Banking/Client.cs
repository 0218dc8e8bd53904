using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Cmdr.Host.Tests;

/// <summary>A client that gets no answer asks the other host with the same ids, as clients must.</summary>
internal sealed class Client(HostPair pair)
{
    private const string Submit = """
        mutation($commands: [CommandInput!]!, $wait: Wait!) { submit(commands: $commands, wait: $wait, timeoutMs: 8000) { id subject status position } }
        """;

    /// <summary>Longer than a client waits for an outcome.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(9);

    // The log is made to take nothing for up to a minute, and its servers may need as long to start again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    // A host that runs has answered by then, whatever befell the log before.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Outcome = TimeSpan.FromSeconds(12);

    // A host that is frozen holds up nobody for longer.
    private static readonly TimeSpan Logged = TimeSpan.FromSeconds(1.5);

    // How often it then asks only the other, so that its load does not stand still with the silent one's.
    private const int Avoidance = 20;

    private int turn;
    private int avoiding;

    /// <summary>Submits at one host after the other until one says that all have come as far as asked, or at least are on the log.</summary>
    internal Task<IReadOnlyList<Promise>> Send(Command[] commands, string wait, CancellationToken stop) => Send(Next, commands, wait, Patience, stop);

    /// <summary>Submits at one host until it says that all are answered.</summary>
    internal static async Task<IReadOnlyList<Promise>> Settle(HostProcess host, Command[] commands, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var receipts = await Send(_ => host, commands, "COMPLETED", Settled - watch.Elapsed, stop);
            var open = receipts.Where(receipt => receipt.Status is not ("COMPLETED" or "REFUSED")).ToList();
            if (open.Count == 0) return receipts;
            if (watch.Elapsed > Settled) Assert.Fail($"Host {host.Id} has not answered {open.Count} of {receipts.Count} commands after {Settled.TotalSeconds} s: {string.Join("; ", open.Take(16))}");
        }
    }

    private HostProcess Next(bool isUnanswered)
    {
        if (isUnanswered) avoiding = Avoidance;
        if (isUnanswered || --avoiding < 0) turn++;
        return pair[turn % 2];
    }

    private static async Task<IReadOnlyList<Promise>> Send(Func<bool, HostProcess> next, Command[] commands, string wait, TimeSpan patience, CancellationToken stop)
    {
        var (receipts, instead) = await Ask(next(false), commands, wait, stop);
        for (var watch = Stopwatch.StartNew(); receipts is null; (receipts, instead) = await Ask(next(true), commands, wait, stop))
        {
            Assert.True(watch.Elapsed < patience, $"Nobody who was asked took commands for {patience.TotalSeconds:F0} s; the last said: {instead}");
            await Task.Delay(100, stop);
        }

        return receipts;
    }

    private static async Task<(IReadOnlyList<Promise>? Receipts, string Instead)> Ask(HostProcess host, Command[] commands, string wait, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(wait == "LOGGED" ? Logged : Outcome);
        try
        {
            using var response = await host.Http.PostAsJsonAsync(host.Graph, new { query = Submit, variables = new { commands, wait } }, JsonSerializerOptions.Web, limit.Token);
            var text = await response.Content.ReadAsStringAsync(limit.Token);
            var answer = JsonDocument.Parse(text).RootElement;
            if (answer.TryGetProperty("errors", out _)) return (null, text);
            var receipts = answer.GetProperty("data").GetProperty("submit").Deserialize<Promise[]>(JsonSerializerOptions.Web)!; // never null
            Assert.Equal(commands.Select(command => command.Id.ToString()), receipts.Select(receipt => receipt.Id));
            return (receipts, text);
        }
        catch (Exception e) when (e is HttpRequestException or ObjectDisposedException or IOException or JsonException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return (null, e.Message); // killed or stopped while it answered: the caller asks again
        }
    }
}
