using System.Collections.Concurrent;

namespace Cmdr.Host.Tests;

/// <summary>Clients that pay in and out without pause, some of it twice, at whichever host is next.</summary>
internal sealed class Load
{
    private const int Clients = 3;
    private const int Accounts = 40;
    private const int BatchSize = 20;

    // Enough to keep both hosts at work, and little enough for two cores that run hosts, servers and judge together.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    private readonly Client client;
    private readonly ConcurrentQueue<Promise> promises = new();
    private readonly Task[] clients;
    private volatile bool isEnding;

    private Load(HostPair pair, int seed, CancellationToken stop)
    {
        client = new(pair);
        clients = [.. Enumerable.Range(0, Clients).Select(number => Task.Run(() => Drive(new(seed + number), stop), stop))];
    }

    /// <summary>What the hosts have answered, so that it must be true.</summary>
    internal IReadOnlyCollection<Promise> Promises => promises;

    internal static async Task<Load> Begin(HostPair pair, int seed, CancellationToken stop)
    {
        var open = Enumerable.Range(0, Accounts).Select(n => Command.Open(Name(n))).ToArray();
        var receipts = await new Client(pair).Send(open, "COMPLETED", stop);
        var load = new Load(pair, seed, stop);
        foreach (var receipt in receipts) load.promises.Enqueue(receipt);
        return load;
    }

    /// <summary>Throws what a client threw, if one has.</summary>
    internal async Task Check()
    {
        foreach (var failed in clients.Where(task => task.IsFaulted)) await failed;
    }

    /// <summary>No new commands; what was sent is sent until it is answered.</summary>
    internal Task End()
    {
        isEnding = true;
        return Task.WhenAll(clients);
    }

    private async Task Drive(Random random, CancellationToken stop)
    {
        var sent = new List<Command>();
        for (var round = 0; !isEnding; round++)
        {
            var batch = Enumerable.Range(0, BatchSize).Select(_ => Money(random)).ToArray();
            sent.AddRange(batch);
            var again = Enumerable.Range(0, BatchSize / 10).Select(_ => sent[random.Next(sent.Count)]);
            foreach (var receipt in await client.Send([.. batch, .. again], round % 5 == 0 ? "COMPLETED" : "LOGGED", stop)) promises.Enqueue(receipt);
            await Task.Delay(Breath, stop);
        }
    }

    private static Command Money(Random random) => Command.Pay(random.Next(3) == 0 ? "withdraw" : "deposit", Name(random.Next(Accounts)), random.Next(1, 100));

    private static string Name(int n) => $"k{n}";
}

/// <summary>A command of the sample domain as a client sends it.</summary>
internal sealed record Command(Guid Id, string Type, object Data)
{
    internal static Command Open(string account) => new(Guid.NewGuid(), "open-account", new { account, owner = "Ann", currency = "EUR" });

    internal static Command Pay(string type, string account, decimal amount) => new(Guid.NewGuid(), type, new { account, amount });
}

/// <summary>What a receipt said.</summary>
internal sealed record Promise(string Subject, string Id, string Status, string Position);
