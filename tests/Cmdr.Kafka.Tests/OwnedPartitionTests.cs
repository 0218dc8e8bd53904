using Xunit;

namespace Cmdr.Kafka.Tests;

public sealed class OwnedPartitionTests
{
    private readonly OwnedPartition partition = new(new("commands", 0));

    [Fact]
    public void What_is_to_be_fetched_is_awaited_until_a_record_comes()
    {
        Assert.False(partition.IsAwaited);
        partition.Start(3, isAtEnd: false);
        Assert.True(partition.IsAwaited);
        partition.Fetch(new(new(new("commands", 0, 3), Site.Record("key", "value")), 10));
        Assert.False(partition.IsAwaited);
    }

    [Fact]
    public void Or_until_there_is_none()
    {
        partition.Start(3, isAtEnd: false);
        partition.Pass(4);
        Assert.False(partition.IsAwaited);
    }

    [Fact]
    public void Where_there_is_nothing_it_is_not_awaited()
    {
        partition.Start(3, isAtEnd: true);
        Assert.False(partition.IsAwaited);
    }

    [Fact]
    public async Task A_leader_that_is_gone_is_not_waited_for_for_long()
    {
        partition.Start(3, isAtEnd: false);
        await Task.Delay(TimeSpan.FromSeconds(1), Site.Cancelled);
        Assert.False(partition.IsAwaited);
    }
}
