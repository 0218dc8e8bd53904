using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>
/// One member of a group: a loop on a thread of its own that polls the library, hands slices to the consumer, and commits them. The library's calls block, and
/// what its rebalance handlers promise must be done before they return, so the thread waits where others would await.
/// </summary>
internal sealed partial class GroupMember : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly LogParts parts;
    private readonly LogGroup group;
    private readonly CancellationToken stop;
    private readonly MemberId id;
    private readonly IConsumer<byte[], byte[]> consumer;
    private readonly Holdings holdings;
    private readonly Fetching fetching;
    private readonly Starting starting;
    private readonly SliceMaker slices;
    private readonly TransactionalProducer producer;
    private readonly SliceWork work;
    private bool isLeaving;

    private GroupMember(LogParts parts, LogDescription log, LogGroup group, ILogConsumer handler, CancellationToken stop)
    {
        id = MemberId.New(group);
        parts = parts with { Health = parts.Health.Of(id) };
        (this.parts, this.group, this.stop) = (parts, group, stop);
        consumer = parts.Clients.Consumer(parts.Clients.Settings.Member(group.Name, id.ToString()), Hear)
            .SetPartitionsAssignedHandler((assignee, assigned) => TakeOver(assignee, assigned))
            .SetPartitionsRevokedHandler((_, revoked) => GiveUp(revoked, areLost: false))
            .SetPartitionsLostHandler((_, lost) => GiveUp(lost, areLost: true))
            .Build();
        holdings = new(group, handler, consumer);
        fetching = new(parts, group, holdings, consumer);
        slices = new(group, holdings, handler, parts.Time);
        starting = new(parts, log, group, id, handler, stop);
        producer = new(parts, id, stop);
        work = new(group, holdings, handler, new(parts, log, group, consumer, new(parts, log, group, producer), stop), fetching, parts.Logger, stop);
    }

    /// <summary>Takes part until cancelled.</summary>
    internal static Task Run(LogParts parts, LogDescription log, LogGroup group, ILogConsumer handler, CancellationToken stop) => Task.Factory.StartNew(
        () =>
        {
            using var member = new GroupMember(parts, log, group, handler, stop);
            member.Loop();
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        parts.Health.Leave();
        // A consumer that cannot reach its brokers may take long to close, and nobody need wait for that.
        var closing = Task.Run(Close);
        ((IAsyncResult)closing).AsyncWaitHandle.WaitOne(Farewell);
        // Only then: others take over once the group is left, and nothing was open in it any more.
        work.Dispose();
    }

    private void Loop()
    {
        // Opening may take a second: once partitions are given to it, others wait for what it does.
        if (group.Keeping == PositionKeeping.WithOutputs) producer.OpenAhead();
        if (stop.IsCancellationRequested) return;
        consumer.Subscribe(group.Topics);
        try
        {
            while (!stop.IsCancellationRequested) Turn();
        }
        finally
        {
            isLeaving = true;
            holdings.GiveUpAll();
        }
    }

    private void Turn()
    {
        // Each turn takes a record, and a slice may fail for long. What made it full may also go with its partition.
        if (fetching.HasRoom()) holdings.ResumeAll();
        else if (work.IsFailing) holdings.PauseAll();
        fetching.Poll(TimeSpan.Zero);
        fetching.Gather();
        // What was taken over goes with all else: in a second slice it would be answered a commit later.
        if (holdings.AwaitsAny && fetching.HasRoom()) fetching.Poll(Idle);
        else if (slices.Next() is { } delivery) work.Handle(delivery);
        else fetching.Poll(slices.UntilDue(Idle));
        // Nothing more is fetched meanwhile: what failed is kept, and the log may be long.
        stop.WaitHandle.WaitOne(work.Pause());
    }

    private void Hear(Error error) => fetching.Hear(error);

    /// <summary>Where the library begins with partitions that were assigned: where the consumer says, once it could say it.</summary>
    private IEnumerable<TopicPartitionOffset> TakeOver(IConsumer<byte[], byte[]> assignee, IReadOnlyList<Confluent.Kafka.TopicPartition> assigned)
    {
        // The consumer is told of one thing at a time.
        work.Finish([], areLost: false);
        var added = holdings.Add(assigned);
        if (!isLeaving) starting.Start(assignee, added);
        return added.Select(partition => new TopicPartitionOffset(WireRecord.Partition(partition.Partition), partition.Started ? partition.Next : Offset.End));
    }

    /// <summary>What was consumed of the partitions is committed, or aborted when they are lost, before the library lets them go.</summary>
    private void GiveUp(IReadOnlyList<TopicPartitionOffset> partitions, bool areLost)
    {
        List<TopicPartition> leaving = [.. partitions.Select(partition => WireRecord.Partition(partition.TopicPartition))];
        work.Finish(leaving, areLost);
        holdings.GiveUp(leaving, areLost);
    }

    private void Close()
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            consumer.Close();
        }
        catch (KafkaException exception)
        {
            LogNoGoodbye(parts.Logger, group.Name, Stopwatch.GetElapsedTime(began), exception.Message);
        }

        consumer.Dispose();
    }

    [LoggerMessage(6, LogLevel.Warning, "This host could not tell the group {Group} that it leaves, within {Time}: {Message}")]
    private static partial void LogNoGoodbye(ILogger logger, string group, TimeSpan time, string message);
}
