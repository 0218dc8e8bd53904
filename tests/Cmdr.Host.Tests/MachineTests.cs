namespace Cmdr.Host.Tests;

public sealed class MachineTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Who_is_alone_has_waited_for_those_at_work_and_those_that_come_wait_for_him()
    {
        var stop = TestContext.Current.CancellationToken;
        var first = Machine.Shared(stop);
        var second = Machine.Shared(stop);
        var alone = Machine.Alone(stop);
        await Task.Delay(Moment, stop);
        var late = Task.Run(() => Machine.Shared(stop), stop);
        first.Dispose();
        await Task.Delay(Moment, stop);
        Assert.False(alone.IsCompleted);
        second.Dispose();
        using (await alone.WaitAsync(TimeSpan.FromSeconds(10), stop))
        {
            await Task.Delay(Moment, stop);
            Assert.False(late.IsCompleted);
        }

        (await late).Dispose();
    }
}
