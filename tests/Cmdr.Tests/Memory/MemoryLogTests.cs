using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Cmdr.Tests;

public sealed class MemoryLogTests
{
    private static readonly LogGroup Group = new("g", ["in"], PositionKeeping.WithOutputs);

    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task A_requested_slice_comes_when_the_clock_says_so()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var log = new MemoryLog(1, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var consumer = new Echo();
        var consuming = log.Consume(Group, consumer, stop.Token);
        var owned = await consumer.Owned.Task.WaitAsync(cancellationToken);

        owned.RequestSlice(clock.GetUtcNow() + TimeSpan.FromHours(30));
        clock.Advance(TimeSpan.FromHours(29));
        await log.Append("in", [Record("k")], cancellationToken);
        await consumer.Slices.Reader.ReadAsync(cancellationToken);
        clock.Advance(TimeSpan.FromHours(1));
        var slice = await consumer.Slices.Reader.ReadAsync(cancellationToken);

        Assert.Empty(slice.Records);
        Assert.Equal([new("in", 0)], slice.Requested);
        Assert.Equal(1, slice.Positions[new("in", 0)]);
        await stop.CancelAsync();
        await consuming;
    }

    [Fact]
    public async Task What_a_slice_appends_is_read_once_it_is_committed()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var log = new MemoryLog(4, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var description = await log.Describe(cancellationToken);
        var consuming = log.Consume(Group, new Echo(), stop.Token);
        await log.Append("in", [.. Enumerable.Range(0, 100).Select(n => Record($"k{n}"))], cancellationToken);

        var read = 0;
        await foreach (var page in log.Read(Cursor.Beginning(description, "out"), cancellationToken))
        {
            read += page.Records.Count;
            if (read == 100) break;
        }

        await stop.CancelAsync();
        await consuming;
        Assert.Equal(100, (await log.EndOf("out", cancellationToken)).Next.Sum());
    }

    [Fact]
    public async Task A_reader_with_nothing_to_read_is_told_of_progress_every_two_seconds()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var log = new MemoryLog(1, clock);
        var description = await log.Describe(cancellationToken);
        await using var pages = log.Read(Cursor.Beginning(description, "in"), cancellationToken).GetAsyncEnumerator(cancellationToken);
        Assert.True(await pages.MoveNextAsync());
        var next = pages.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await next);
        Assert.Empty(pages.Current.Records);
    }

    private static LogRecord Record(string key) => new(Encoding.UTF8.GetBytes(key), default, []);

    private sealed class Echo : ILogConsumer
    {
        public TaskCompletionSource<IOwnedPartition> Owned { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Channel<Slice> Slices { get; } = Channel.CreateUnbounded<Slice>();

        public ValueTask<IReadOnlyDictionary<TopicPartition, long>> Assigned(IReadOnlyList<IOwnedPartition> partitions, CancellationToken cancellationToken)
        {
            Owned.TrySetResult(partitions[0]);
            return new(new Dictionary<TopicPartition, long>());
        }

        public ValueTask Consume(Slice slice, CancellationToken cancellationToken)
        {
            foreach (var record in slice.Records) slice.Append("out", record.Record);
            return default;
        }

        public ValueTask Committed(Slice slice, CancellationToken cancellationToken) => Slices.Writer.WriteAsync(slice, cancellationToken);

        public ValueTask Aborted(Slice slice, CancellationToken cancellationToken) => default;

        public ValueTask Revoked(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => default;

        public ValueTask Lost(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => default;
    }
}
