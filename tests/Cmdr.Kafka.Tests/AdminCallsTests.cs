using System.Reflection;
using Confluent.Kafka;
using Xunit;

namespace Cmdr.Kafka.Tests;

/// <summary>No broker is asked anything.</summary>
public sealed class AdminCallsTests
{
    private readonly IAdminClient client = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = "127.0.0.1:1" }).SetLogHandler((_, _) => { }).Build();

    /// <summary>Were it freed again, there would be no process any more to report it.</summary>
    [Fact]
    public async Task A_client_that_fell_over_an_answer_and_freed_itself_is_not_freed_again()
    {
        await FallOver();

        for (var i = 0; i < 10; i++) AdminCalls.Release(client);

        Assert.Throws<ObjectDisposedException>(() => client.AddBrokers(""));
    }

    [Fact]
    public void A_client_that_is_well_is_freed()
    {
        AdminCalls.Release(client);

        Assert.Throws<ObjectDisposedException>(() => client.AddBrokers(""));
    }

    /// <summary>As the library does it: its thread ends, and then frees what the client is made of.</summary>
    private async Task FallOver()
    {
        await Member<CancellationTokenSource>("callbackCts").CancelAsync();
        await Member<Task>("callbackTask");
        client.GetType().GetMethod("DisposeResources", BindingFlags.NonPublic | BindingFlags.Instance)!.Invoke(client, null); // else the library has changed, and this wants another look
    }

    private T Member<T>(string name) => (T)client.GetType().GetField(name, BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(client)!; // likewise
}
