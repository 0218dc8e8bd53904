using System.Diagnostics;
using System.Text;
using Cmdr.Testing;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>A broker that crashes: what its clients do meanwhile, and that it is the same broker when it comes back, and leads in a new epoch.</summary>
[CollectionDefinition(nameof(Crashes), DisableParallelization = true)] // two of them measure what this process takes of a processor
[Collection(nameof(Crashes))]
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

    [Fact]
    public async Task Who_waits_for_a_broker_to_take_a_slice_leaves_the_processor_to_it()
    {
        var (stop, patience) = (TestContext.Current.CancellationToken, TimeSpan.FromSeconds(10));
        await using var cluster = new KafkaServer();
        var settings = new KafkaSettings([KeyValuePair.Create("bootstrap.servers", (string?)await cluster.Started())]);
        await using (var log = new KafkaLog(settings, 1, TimeProvider.System, NullLogger<KafkaLog>.Instance)) await log.Append(Topics.Events, [Site.Record("key", "first")], stop);
        using var producer = new ProducerBuilder<byte[], byte[]>(settings.Transactions("cmdr.waits")).Build();
        void Write(int count)
        {
            for (var n = 0; n < count; n++) producer.Produce(Topics.Events, new() { Key = [1], Value = new byte[600] });
        }

        producer.InitTransactions(patience);
        producer.BeginTransaction();
        Write(1);
        Assert.Equal(0, producer.Flush(patience)); // so that the partition is part of the transaction
        await cluster.Pause(1, stop);
        Write(2500); // 1.5 MB
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        Assert.Equal(2500, producer.Flush(TimeSpan.FromSeconds(3)));
        var used = (Environment.CpuUsage.TotalTime - before) / watch.Elapsed;
        await cluster.Resume(1, stop);
        producer.CommitTransaction(patience);

        Assert.InRange(used, 0, 0.2);
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
