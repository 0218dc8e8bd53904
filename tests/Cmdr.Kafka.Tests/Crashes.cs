using System.Diagnostics;
using System.Text;
using Cmdr.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>A broker that crashes: what its clients do meanwhile, and that it is the same broker when it comes back, and leads in a new epoch.</summary>
public sealed class Crashes
{
    [Fact]
    public async Task The_end_of_a_topic_is_told_again_after_its_broker_crashed_and_came_back()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var cluster = new KafkaServer();
        await using var log = new KafkaLog(new([KeyValuePair.Create("bootstrap.servers", (string?)await cluster.Started())]), 1, TimeProvider.System, NullLogger<KafkaLog>.Instance);
        await log.Append(Topics.Events, [new(Encoding.UTF8.GetBytes("account/a1"), default, [])], stop);
        var before = await log.EndOf(Topics.Events, stop);

        await cluster.Kill(1, stop);
        await cluster.Start(1, stop);

        Assert.Equal(before, await Told(log, stop));
    }

    [Fact]
    public async Task Who_asks_a_broker_that_is_gone_leaves_the_processor_to_others()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var cluster = new KafkaServer { Nodes = 3 };
        await using var log = new KafkaLog(new([KeyValuePair.Create("bootstrap.servers", (string?)await cluster.Started())]), 12, TimeProvider.System, NullLogger<KafkaLog>.Instance);
        await log.EndOf(Topics.Events, stop);
        await cluster.Kill(2, stop);

        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var asking = log.EndOf(Topics.Events, stop);
        await Task.Delay(TimeSpan.FromSeconds(4), stop);
        var used = (Environment.CpuUsage.TotalTime - before) / watch.Elapsed;

        Assert.False(asking.IsCompleted, "It leads a third of the partitions, until the others have noticed.");
        Assert.InRange(used, 0, 0.2);
        await Task.WhenAny(asking); // by its time the others may have noticed
    }

    /// <summary>A broker that was just started may say for a while that it has no answer.</summary>
    private static async Task<Cursor> Told(KafkaLog log, CancellationToken stop)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100, stop))
        {
            try
            {
                return await log.EndOf(Topics.Events, stop);
            }
            catch (LogException) when (watch.Elapsed < TimeSpan.FromSeconds(40))
            {
            }
        }
    }
}
