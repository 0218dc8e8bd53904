using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Cmdr.Bus.Tests.Words;

namespace Cmdr.Bus.Tests;

public sealed class SliceTests
{
    private readonly MemoryLog log = new(2, TimeProvider.System);

    [Fact]
    public async Task A_slice_reaches_its_consumer_with_its_records()
    {
        await log.Append("a", "b", "c");
        var seen = new List<string>();
        await using var host = await LogHost.Start(log, Copying(), (slice, _) =>
        {
            lock (seen) seen.AddRange(slice.Records.Select(Key));
            return Task.CompletedTask;
        });
        await LogHost.Until(() => { lock (seen) return seen.Count == 3; });
        Assert.Equal(["a", "b", "c"], seen.Order());
    }

    [Fact]
    public async Task What_a_slice_appends_commits_with_its_position()
    {
        await log.Append("a", "b");
        var slices = 0;
        Task Handle(Slice slice, CancellationToken cancellationToken)
        {
            slices++;
            Copy(slice);
            return Task.CompletedTask;
        }

        await using (var host = await LogHost.Start(log, Copying(), Handle)) await log.HasOutputs(2);
        await log.Append("c");
        await using (var host = await LogHost.Start(log, Copying(), Handle)) await log.HasOutputs(3);
        Assert.Equal(["a", "b", "c"], await log.Outputs());
        Assert.True(slices >= 2);
    }

    [Fact]
    public async Task A_slice_that_throws_comes_again_and_loses_nothing()
    {
        await log.Append("a", "b", "c");
        var tries = new List<string>();
        await using var host = await LogHost.Start(log, Copying(), (slice, _) =>
        {
            lock (tries) tries.Add(string.Join(",", slice.Records.Select(Key)));
            Copy(slice);
            return tries.Count < 4 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        });
        await log.HasOutputs(3);
        Assert.Equal(["a", "b", "c"], await log.Outputs());
        Assert.Equal(4, tries.Count);
        Assert.All(tries, records => Assert.Equal(3, records.Split(',').Length));
    }

    [Fact]
    public async Task Retry_middleware_tries_in_place_each_time_without_outputs()
    {
        await log.Append("a");
        var slices = new List<Slice>();
        var outputs = new List<int>();
        await using var host = await LogHost.Start(
            log, Copying(),
            (slice, _) =>
            {
                slices.Add(slice);
                outputs.Add(slice.Outputs.Count);
                Copy(slice);
                return slices.Count < 4 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
            },
            endpoint => endpoint.UseMessageRetry(retry => retry.Immediate(5)));
        await log.HasOutputs(1);
        Assert.Equal(["a"], await log.Outputs());
        Assert.Equal([0, 0, 0, 0], outputs);
        Assert.Single(slices.Distinct());
    }

    [Fact]
    public async Task Retry_of_the_consumer_alone_tries_without_outputs_too()
    {
        await log.Append("a");
        var outputs = new List<int>();
        Task Handle(Slice slice, CancellationToken cancellationToken)
        {
            outputs.Add(slice.Outputs.Count);
            Copy(slice);
            return outputs.Count < 3 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        }

        await using var host = await LogHost.Start(log, cmdr => cmdr.LogEndpoint(
            Copying(),
            rider =>
            {
                rider.AddKeyedSingleton<Func<Slice, CancellationToken, Task>>("copying", Handle);
                rider.AddConsumer<SliceHandler>(consumer => consumer.UseMessageRetry(retry => retry.Immediate(5)));
            },
            (context, endpoint) => endpoint.ConfigureConsumer<SliceHandler>(context)));
        await log.HasOutputs(1);
        Assert.Equal(["a"], await log.Outputs());
        Assert.Equal([0, 0, 0], outputs);
    }
}
