namespace Cmdr.Host.Tests;

public sealed class MachineTests : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("cmdr-test-");

    [Fact]
    public async Task Who_is_alone_has_waited_for_those_at_work_and_those_that_come_wait_for_him()
    {
        var stop = TestContext.Current.CancellationToken;
        var machine = new Machine(folder.FullName);
        var first = machine.Shared(stop);
        var second = machine.Shared(stop);
        var alone = machine.Alone(stop);
        await Task.Delay(Moment, stop);
        var late = Task.Run(() => machine.Shared(stop), stop);
        first.Dispose();
        await Task.Delay(Moment, stop);
        Assert.False(alone.IsCompleted);
        second.Dispose();
        using (await alone.WaitAsync(Patience, stop))
        {
            await Task.Delay(Moment, stop);
            Assert.False(late.IsCompleted);
        }

        (await late.WaitAsync(Patience, stop)).Dispose();
    }

    public void Dispose() => folder.Delete(recursive: true);
}
