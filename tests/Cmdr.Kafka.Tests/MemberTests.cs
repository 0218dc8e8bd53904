using System.Collections.Concurrent;
using System.Text;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>What a member does with what it has, while partitions come and go.</summary>
public sealed class MemberTests(LoneBroker broker) : IClassFixture<LoneBroker>, IAsyncDisposable
{
    private const int Partitions = 4;

    private readonly Site site = new(broker.Server);
    private readonly string input = $"in-{Guid.NewGuid():n}"[..11];

    [Fact]
    public async Task What_stood_still_while_other_partitions_failed_goes_on_once_those_have_gone()
    {
        var (log, group) = (await site.Open(Partitions), new LogGroup($"group-{input}", [input], PositionKeeping.AfterSlice) { MaxSliceRecords = 5 });
        var stays = new NotingConsumer { Before = slice => slice.Records.Any(record => Text(record) == "bad") ? throw new InvalidOperationException("no ink") : Task.CompletedTask };
        site.Consume(log, group, stays);
        await Site.Until(() => stays.Owned.Count == Partitions, "it has all partitions");
        int[] staying = [];
        await Joined(group, () =>
        {
            staying = [.. stays.Owned.Keys.Order()];
            return Task.CompletedTask;
        });

        var going = Enumerable.Range(0, Partitions).Except(staying);
        await log.Append(input, [.. going.SelectMany(partition => Enumerable.Repeat(Site.Record(KeyOf(partition), "bad"), 20))], Site.Cancelled);
        await Site.Until(() => stays.Aborted >= 3, "its slices fail");
        await Joined(group, async () =>
        {
            Assert.Equal(staying, stays.Owned.Keys.Order());
            await log.Append(input, [Site.Record(KeyOf(staying[0]), "good")], Site.Cancelled);
            await Site.Until(() => stays.Values.Contains("good"), "it goes on");
        });

        async Task Joined(LogGroup joining, Func<Task> meanwhile)
        {
            using var leave = new CancellationTokenSource();
            var consuming = (await site.Open(Partitions)).Consume(joining, new NotingConsumer(), leave.Token);
            await Site.Until(() => stays.Owned.Count == Partitions / 2, "another has joined");
            await meanwhile();
            await leave.CancelAsync();
            await consuming;
            await Site.Until(() => stays.Owned.Count == Partitions, "the other has left");
        }
    }

    /// <summary>Of records as large as these the brokers give one or two at a time.</summary>
    [Fact]
    public async Task What_is_taken_over_is_handled_in_one_slice_though_it_is_fetched_one_partition_after_another()
    {
        var log = await site.Open(Partitions);
        await log.Append(input, [.. Enumerable.Range(0, Partitions).Select(partition => Site.Record(KeyOf(partition), new('x', 500_000)))], Site.Cancelled);
        var slices = new List<int>();
        for (var n = 0; n < 5; n++)
        {
            var sizes = new ConcurrentQueue<int>();
            site.Consume(log, new LogGroup($"group-{n}-{input}", [input], PositionKeeping.AfterSlice), new NotingConsumer
            {
                Before = slice =>
                {
                    sizes.Enqueue(slice.Records.Count);
                    return Task.CompletedTask;
                },
            });
            await Site.Until(() => sizes.Sum() >= Partitions, "all is handled");
            slices.Add(sizes.Count);
        }

        // A machine that is busy for long may need two; without the wait it is two to four.
        Assert.Equal(1, slices.Order().ElementAt(2));
    }

    public ValueTask DisposeAsync() => site.DisposeAsync();

    private static string Text(LoggedRecord logged) => Encoding.UTF8.GetString(logged.Record.Value.Span);

    private static string KeyOf(int partition) => Enumerable.Range(0, int.MaxValue).Select(n => $"key-{n}").First(key => Murmur2.Partition(Encoding.UTF8.GetBytes(key), Partitions) == partition);
}
