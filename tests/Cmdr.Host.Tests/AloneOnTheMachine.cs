namespace Cmdr.Host.Tests;

/// <summary>While these tests run no other assembly's are at work: they start whole deployments and take promised times, which two cores have no room for beside clusters of others.</summary>
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
