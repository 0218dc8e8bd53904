using System.Collections.Concurrent;

namespace Cmdr.Host.Tests;

/// <summary>Clients that pay in and out without pause, some of it twice, at one host after the other.</summary>
internal sealed class Load : IAsyncDisposable
{
    private const int Clients = 4;
    private const int Accounts = 40;
    private const int BatchSize = 20;

    // Long within the 15 minutes for which a subject knows a command again.
    private const int Repeatable = 2_000;

    // Enough to keep both hosts at work, and little enough for two cores that run hosts, servers and judge together: several brokers, that
    // copy each record to each other, get about half of the load.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100), BreathOfSeveral = TimeSpan.FromMilliseconds(200);

    private readonly HostPair pair;
    private readonly TimeSpan breath;
    private readonly CancellationTokenSource stopping;
    private readonly ConcurrentQueue<Promise> promises = new();
    private readonly List<Promise>[] sent = [.. Enumerable.Range(0, Clients).Select(_ => new List<Promise>())];
    private readonly Task[] clients;
    private volatile bool isEnding;

    private Load(HostPair pair, TimeSpan breath, IReadOnlyList<Promise> opened, int seed, CancellationToken stop)
    {
        (this.pair, this.breath) = (pair, breath);
        stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        foreach (var receipt in opened) promises.Enqueue(receipt);
        // One waits for outcomes, and stands still with whoever owes it one; the others go on.
        clients = [.. sent.Select((mine, number) => Task.Run(() => Drive(mine, number == 0 ? "COMPLETED" : "LOGGED", new(seed + number), stopping.Token), stop))];
    }

    /// <summary>What the hosts have answered, so that it must be true.</summary>
    internal IReadOnlyCollection<Promise> Promises => promises;

    /// <summary>What each client sent, each batch once and after the one before was acknowledged; known when the load has ended.</summary>
    internal IReadOnlyList<IReadOnlyList<Promise>> Sent => sent;

    internal static async Task<Load> Begin(HostPair pair, int servers, int seed, CancellationToken stop)
    {
        var open = Enumerable.Range(0, Accounts).Select(n => Command.Open(Name(n))).ToArray();
        return new(pair, servers > 1 ? BreathOfSeveral : Breath, await new Client(pair).Send(open, "COMPLETED", stop), seed, stop);
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

    /// <summary>Nobody waits for an answer any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    private async Task Drive(List<Promise> mine, string wait, Random random, CancellationToken stop)
    {
        var client = new Client(pair);
        var known = new List<Command>();
        while (!isEnding)
        {
            var batch = Enumerable.Range(0, BatchSize).Select(_ => Money(random)).ToArray();
            known.AddRange(batch);
            var again = Enumerable.Range(0, BatchSize / 10).Select(_ => known[^random.Next(1, Math.Min(known.Count, Repeatable) + 1)]);
            var receipts = await client.Send([.. batch, .. again], wait, stop);
            mine.AddRange(receipts.Take(BatchSize));
            foreach (var receipt in receipts) promises.Enqueue(receipt);
            await Task.Delay(breath, stop);
        }
    }

    // More is asked for than comes in, so that balances stay low and some is refused.
    private static Command Money(Random random) => random.Next(3) == 0
        ? Command.Pay("withdraw", Name(random.Next(Accounts)), random.Next(1, 250))
        : Command.Pay("deposit", Name(random.Next(Accounts)), random.Next(1, 100));

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
