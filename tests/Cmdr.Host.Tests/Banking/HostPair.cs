using System.Net.Http.Json;
using System.Text.Json;

namespace Cmdr.Host.Tests;

/// <summary>Two hosts on one database. A client of theirs that gets no answer asks again with the same ids, as clients must.</summary>
internal sealed class HostPair : IAsyncDisposable
{
    private readonly HostProcess[] hosts;
    private readonly (string, string)[] settings;
    private int turn;
    private int submitted;

    private HostPair(HostProcess[] hosts, (string, string)[] settings) => (this.hosts, this.settings) = (hosts, settings);

    internal int Submitted => Volatile.Read(ref submitted);

    internal HostProcess Any => Volatile.Read(ref hosts[0]);

    internal static async Task<HostPair> Start(string database, CancellationToken stop, params (string Key, string Value)[] more)
    {
        (string, string)[] settings = [("ConnectionStrings:Postgres", database), .. more];
        return new([await HostProcess.Start(stop, settings), await HostProcess.Start(stop, settings)], settings);
    }

    /// <summary>Submits until a host says that all are on the log.</summary>
    internal async Task Send(string mutation, object[] commands, CancellationToken stop)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!await Accepted(mutation, commands, stop))
        {
            Assert.True(DateTime.UtcNow < deadline, "No host took the commands for a minute.");
            await Task.Delay(100, stop);
        }

        Interlocked.Add(ref submitted, commands.Length);
    }

    internal async Task Sent(int count, CancellationToken stop)
    {
        while (Submitted < count) await Task.Delay(10, stop);
    }

    internal async Task KillAndRestart(int victim, CancellationToken stop)
    {
        await hosts[victim].Kill();
        await hosts[victim].DisposeAsync();
        Volatile.Write(ref hosts[victim], await HostProcess.Start(stop, settings));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts) await host.DisposeAsync();
    }

    private async Task<bool> Accepted(string mutation, object[] commands, CancellationToken stop)
    {
        var host = Volatile.Read(ref hosts[Interlocked.Increment(ref turn) % 2]);
        try
        {
            using var response = await host.Http.PostAsJsonAsync(host.Graph, new { query = mutation, variables = new { commands } }, stop);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>(stop);
            return answer.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object;
        }
        catch (Exception e) when (e is HttpRequestException or ObjectDisposedException or IOException or JsonException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return false; // killed while it answered: the caller asks again
        }
    }
}
