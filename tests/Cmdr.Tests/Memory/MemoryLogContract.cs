using Cmdr.Testing;
using Xunit;

namespace Cmdr.Tests;

public sealed class MemoryLogContract : LogContract
{
    private MemoryLog log = new(4, TimeProvider.System);

    public static TheoryData<string> Names => [.. Cases.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_memory_log_keeps_the_contract(string name) => Case(name).Run(this, TestContext.Current.CancellationToken);

    public override Task<ILog> OpenLog(CancellationToken cancellationToken) => Task.FromResult<ILog>(log);

    public override Task Recreate(CancellationToken cancellationToken)
    {
        log = new(4, TimeProvider.System);
        return Task.CompletedTask;
    }

    public override Task Expire(LogGroup group, TopicPartition partition, CancellationToken cancellationToken)
    {
        Assert.True(log.Expire(group.Name, partition));
        return Task.CompletedTask;
    }
}
