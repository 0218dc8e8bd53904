using System.Text;

namespace Cmdr.Host.Tests;

/// <summary>Two hosts of one deployment; either may be gone, and come back.</summary>
internal sealed class HostPair : IAsyncDisposable
{
    private readonly (string, string)[] settings;
    private readonly HostProcess[] hosts;
    private readonly StringBuilder past = new();
    private int turn;

    private HostPair((string, string)[] settings, HostProcess[] hosts) => (this.settings, this.hosts) = (settings, hosts);

    internal HostProcess this[int number] => Volatile.Read(ref hosts[number]);

    /// <summary>One after the other.</summary>
    internal HostProcess Next => this[(int)((uint)Interlocked.Increment(ref turn) % 2)];

    internal static async Task<HostPair> Start(Deployment deployment, CancellationToken stop, params (string Key, string Value)[] more)
    {
        (string, string)[] settings = [.. deployment.Settings, .. more];
        return new(settings, [await HostProcess.Start(stop, settings), await HostProcess.Start(stop, settings)]);
    }

    /// <summary>Another host in the place of one that ended.</summary>
    internal async Task Replace(int number, CancellationToken stop)
    {
        Remember(number);
        await hosts[number].DisposeAsync();
        Volatile.Write(ref hosts[number], await HostProcess.Start(stop, settings));
    }

    /// <summary>What an operator would look at: what hosts said, those too that are gone, and how those that run feel.</summary>
    internal async Task<string> Report()
    {
        for (var number = 0; number < hosts.Length; number++)
        {
            Remember(number);
            past.AppendLine(await hosts[number].Health());
        }

        return past.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts) await host.DisposeAsync();
    }

    private void Remember(int number)
    {
        const int Lines = 60;
        past.AppendLine($"--- host {number}, process {hosts[number].Id}:");
        foreach (var line in hosts[number].Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(Lines)) past.AppendLine(line.Length > 400 ? line[..400] : line);
    }
}
