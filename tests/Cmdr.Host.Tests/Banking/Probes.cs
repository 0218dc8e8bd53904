namespace Cmdr.Host.Tests;

/// <summary>An account on every partition, so that it is seen when a host answers on all of them.</summary>
internal sealed class Probes
{
    private const int Candidates = 300;

    private readonly List<Promise> promises;
    private readonly string[] accounts;

    private Probes(IReadOnlyList<Promise> opened)
    {
        promises = [.. opened];
        accounts = [.. opened.DistinctBy(receipt => receipt.Position.Split('/')[1]).Select(receipt => receipt.Subject["account/".Length..])];
    }

    /// <summary>What the hosts have answered, so that it must be true.</summary>
    internal IReadOnlyCollection<Promise> Promises => promises;

    internal int Partitions => accounts.Length;

    internal static async Task<Probes> Open(HostPair pair, CancellationToken stop)
    {
        return new(await Completed(pair[0], [.. Enumerable.Range(0, Candidates).Select(n => Command.Open($"probe{n}"))], stop));
    }

    /// <summary>Waits until this host has answered a command on every partition; the accounts must still be known.</summary>
    internal async Task Answered(HostProcess host, CancellationToken stop) =>
        promises.AddRange(await Completed(host, [.. accounts.Select(account => Command.Pay("deposit", account, 1))], stop));

    private static async Task<IReadOnlyList<Promise>> Completed(HostProcess host, Command[] commands, CancellationToken stop)
    {
        var receipts = await Client.Settle(host, commands, stop);
        Assert.All(receipts, receipt => Assert.Equal("COMPLETED", receipt.Status));
        return receipts;
    }
}
