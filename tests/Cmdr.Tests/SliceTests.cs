using Xunit;

namespace Cmdr.Tests;

public sealed class SliceTests
{
    private static readonly TopicPartition One = new(Topics.Commands, 1);
    private static readonly TopicPartition Two = new(Topics.Commands, 2);

    private readonly Slice slice = new([], new Dictionary<TopicPartition, long> { [One] = 10, [Two] = 20 }, []);

    [Fact]
    public void A_held_partition_is_acknowledged_only_below_the_offset()
    {
        slice.HoldAt(One, 7);

        Assert.Equal(7, slice.Positions[One]);
        Assert.Equal(20, slice.Positions[Two]);
        Assert.Equal(7, Assert.Single(slice.Held).Value);
    }

    [Fact]
    public void A_slice_that_is_reset_is_as_it_was_delivered()
    {
        slice.HoldAt(One, 7);
        slice.Append(Topics.Events, new(default, default, []));

        slice.Reset();

        Assert.Equal(10, slice.Positions[One]);
        Assert.Empty(slice.Held);
        Assert.Empty(slice.Outputs);
    }

    [Fact]
    public void What_was_not_delivered_cannot_be_held()
    {
        Assert.Throws<ArgumentException>(() => slice.HoldAt(new(Topics.Commands, 3), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => slice.HoldAt(One, 11));
    }
}
