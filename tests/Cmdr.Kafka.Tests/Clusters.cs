using Cmdr.Testing;
using Xunit.Sdk;
using Xunit.v3;

// Most of their time they wait for a group's rounds and a transaction's end; two processors have room for three clusters, and for no more.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 3)]

namespace Cmdr.Kafka.Tests;

/// <summary>A cluster of one broker for the tests of a class.</summary>
public sealed class LoneBroker : IAsyncDisposable
{
    public KafkaServer Server { get; } = new();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>A cluster of three brokers for the tests of a class.</summary>
public sealed class Trio : IAsyncDisposable
{
    public KafkaServer Server { get; } = new() { Nodes = 3 };

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>A cluster of one broker whose groups may use the protocol of KIP-848 with sessions as short as the classic one's.</summary>
public sealed class NewGroups : IAsyncDisposable
{
    public KafkaServer Server { get; } = new()
    {
        Settings = new Dictionary<string, string>
        {
            ["group.consumer.min.session.timeout.ms"] = "6000",
            ["group.consumer.session.timeout.ms"] = "6000",
            ["group.consumer.min.heartbeat.interval.ms"] = "1000",
            ["group.consumer.heartbeat.interval.ms"] = "1000",
        },
    };

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
