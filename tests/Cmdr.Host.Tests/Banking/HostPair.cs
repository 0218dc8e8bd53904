using System.Text;

namespace Cmdr.Host.Tests;

/// <summary>Two hosts of one deployment; either may be gone, and come back.</summary>
internal sealed class HostPair : IAsyncDisposable
{
    private readonly (string, string)[] settings;
    private readonly HostProcess[] hosts;
    private readonly StringBuilder past = new();

    private HostPair((string, string)[] settings, HostProcess[] hosts) => (this.settings, this.hosts) = (settings, hosts);

    internal HostProcess this[int number] => Volatile.Read(ref hosts[number]);

    internal static async Task<HostPair> Start(Deployment deployment, CancellationToken stop, params (string Key, string Value)[] more)
    {
        (string, string)[] settings = [.. deployment.Settings, .. more];
        var first = await HostProcess.Start(stop, settings);
        try
        {
            return new(settings, [first, await HostProcess.Start(stop, settings)]);
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another host in the place of one that ended.</summary>
    internal async Task Replace(int number, CancellationToken stop)
    {
        Remember(number);
        var ended = hosts[number];
        Volatile.Write(ref hosts[number], await HostProcess.Start(stop, settings));
        await ended.DisposeAsync();
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

    public async ValueTask DisposeAsync() => await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));

    private void Remember(int number)
    {
        const int Lines = 60;
        past.AppendLine($"--- host {number}, process {hosts[number].Id}:");
        foreach (var line in hosts[number].Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(Lines)) past.AppendLine(line.Length > 400 ? line[..400] : line);
    }
}
