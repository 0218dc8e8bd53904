using System.Diagnostics;

namespace Cmdr.Host.Tests;

/// <summary>An account on every partition, so that it is seen when a host answers on all of them.</summary>
internal sealed class Probes
{
    private const int Candidates = 300;

    private readonly string[] accounts;

    private Probes(string[] accounts) => this.accounts = accounts;

    internal int Partitions => accounts.Length;

    internal static async Task<Probes> Open(HostPair pair, CancellationToken stop)
    {
        var opened = await Client.Settle(pair[0], [.. Enumerable.Range(0, Candidates).Select(n => Command.Open($"probe{n}"))], stop);
        return new([.. opened.DistinctBy(receipt => receipt.Position.Split('/')[1]).Select(receipt => receipt.Subject["account/".Length..])]);
    }

    /// <summary>How long it takes this host until a command on every partition is answered.</summary>
    internal async Task<TimeSpan> Answered(HostProcess host, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        await Client.Settle(host, [.. accounts.Select(account => Command.Pay("deposit", account, 1))], stop);
        return watch.Elapsed;
    }
}
