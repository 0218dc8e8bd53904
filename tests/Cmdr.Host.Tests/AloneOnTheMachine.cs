namespace Cmdr.Host.Tests;

/// <summary>While these tests run no other assembly's are at work: two cores have no room for hosts under load and promised times beside the clusters of others.</summary>
public sealed class AloneOnTheMachine : IAsyncLifetime
{
    private IDisposable? alone;

    public async ValueTask InitializeAsync() => alone = await Machine.Ours.Alone(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        alone?.Dispose();
        return ValueTask.CompletedTask;
    }
}
