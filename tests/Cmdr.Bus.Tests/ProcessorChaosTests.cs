using System.Collections.Concurrent;
using Xunit;

namespace Cmdr.Bus.Tests;

/// <summary>Hosts come, go and lose their leases while events fail, are retried and are dropped; what became of each is checked from the log and the consumer alone.</summary>
public sealed class ProcessorChaosTests
{
    private const int Subjects = 6;
    private const int EventsEach = 25;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Nothing_is_lost_and_order_per_subject_holds_whatever_hosts_and_operators_do(int seed)
    {
        var random = new Random(seed);
        var log = new MemoryLog(3, TimeProvider.System);
        var broken = new ConcurrentDictionary<int, bool>();
        var dropped = new ConcurrentDictionary<string, bool>();
        var till = new Till();
        till.Handle = async (e, stop) =>
        {
            if (e.Event is Paid { Amount: var n } && n % 3 == 0) await Task.Yield();
            if (e.Event is Paid { Amount: var amount } && broken.ContainsKey((int.Parse(e.Subject.Id, null) * 1000) + amount)) throw new InvalidOperationException("broken, as the test wants it");
            stop.ThrowIfCancellationRequested();
        };
        for (var n = 0; n < 12; n++) broken[(random.Next(Subjects) * 1000) + random.Next(EventsEach)] = true;

        var hosts = new List<LogHost> { await Open(till, log, random), await Open(till, log, random) };
        var next = new int[Subjects];
        while (next.Any(n => n < EventsEach) || random.Next(20) > 0)
        {
            switch (random.Next(10))
            {
                case < 5:
                    var subject = random.Next(Subjects);
                    if (next[subject] < EventsEach) await log.Happen($"till/{subject}", new Paid(next[subject]++));
                    break;
                case 5:
                    log.Expire(Events.Group, new(Topics.Events, random.Next(3)));
                    break;
                case 6:
                    var leaving = random.Next(hosts.Count);
                    await hosts[leaving].DisposeAsync();
                    hosts[leaving] = await Open(till, log, random);
                    break;
                case 7:
                    if (!broken.IsEmpty && random.Next(2) == 0) broken.TryRemove(broken.Keys.ElementAt(random.Next(broken.Count)), out _);
                    await log.Retry($"till/{random.Next(Subjects)}");
                    break;
                case 8 when random.Next(3) == 0:
                    await DropOne(log, random, dropped);
                    break;
                default:
                    await Task.Yield();
                    break;
            }
        }

        broken.Clear();
        for (var subject = 0; subject < Subjects; subject++) await log.Retry($"till/{subject}");
        await LogHost.Until(
            async () =>
            {
                foreach (var parked in (await log.Parked()).Where(one => one.Error is not null)) await log.Retry(parked.Subject.ToString());
                return (await log.Parked()).Count == 0 && Enumerable.Range(0, Subjects).All(subject => Missing(till, dropped, subject).Count == 0);
            },
            () => $"Missing: {string.Join("; ", Enumerable.Range(0, Subjects).Select(subject => $"{subject}: {string.Join(",", Missing(till, dropped, subject))}"))}");
        foreach (var host in hosts) await host.DisposeAsync();
        for (var subject = 0; subject < Subjects; subject++) InOrder(till, dropped, subject);
    }

    private static Task<LogHost> Open(Till till, MemoryLog log, Random random) => till.Open(log, processor =>
    {
        processor.MaxSliceRecords = random.Next(1, 8);
        processor.SliceTime = TimeSpan.FromMilliseconds(random.Next(10, 50));
        processor.ConcurrentSubjects = random.Next(1, 4);
    });

    private static async Task DropOne(MemoryLog log, Random random, ConcurrentDictionary<string, bool> dropped)
    {
        var parked = await log.Parked();
        if (parked.Count == 0) return;
        var one = parked[random.Next(parked.Count)];
        var read = await log.ReadAt([one.Position], Events.Stop);
        var e = (Paid)Codec.Decode(read[0]!.Record.Value.Span, typeof(Paid));
        dropped[$"{one.Subject.Id}/{e.Amount}"] = true;
        await log.Drop(one.Subject.ToString(), one.Position);
    }

    private static List<int> Missing(Till till, ConcurrentDictionary<string, bool> dropped, int subject)
    {
        var handled = till.Of($"till/{subject}").Cast<Paid>().Select(e => e.Amount).ToHashSet();
        return [.. Enumerable.Range(0, EventsEach).Where(n => !handled.Contains(n) && !dropped.ContainsKey($"{subject}/{n}"))];
    }

    /// <summary>
    /// At least once, in order: the first handling of each comes after the first handling of those before it. One that an operator dropped does not count: it may
    /// still be handled by a host that has not heard yet that its partition is another's, which has gone on without it.
    /// </summary>
    private static void InOrder(Till till, ConcurrentDictionary<string, bool> dropped, int subject)
    {
        var firsts = till.Of($"till/{subject}").Cast<Paid>().Select(e => e.Amount).Where(n => !dropped.ContainsKey($"{subject}/{n}")).Distinct().ToList();
        Assert.Equal(firsts.Order(), firsts);
    }
}
