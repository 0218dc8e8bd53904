namespace Cmdr.Host.Tests;

/// <summary>
/// The classes of this collection run while no other assembly's test is at work: two cores have no room for hosts under load and promised times beside the clusters
/// of others. What keeps to no time runs beside them.
/// </summary>
[CollectionDefinition(nameof(AloneOnTheMachine))]
public sealed class AloneOnTheMachine : ICollectionFixture<AloneOnTheMachine>, IAsyncLifetime
{
    private IDisposable? alone;

    public async ValueTask InitializeAsync() => alone = await Machine.Ours.Alone(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        alone?.Dispose();
        return ValueTask.CompletedTask;
    }
}
