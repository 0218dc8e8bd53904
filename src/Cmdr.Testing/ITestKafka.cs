namespace Cmdr.Testing;

/// <summary>A Kafka cluster that lives as long as the tests; nodes are numbered from 1.</summary>
internal interface ITestKafka : IAsyncDisposable
{
    /// <summary>What a client is told, comma-separated; the same after every restart.</summary>
    string BootstrapServers { get; }

    /// <summary>Every node serves when it returns.</summary>
    Task Start(CancellationToken cancellationToken);

    /// <summary>Brings back a node that was killed or stopped, with its data.</summary>
    Task Start(int node, CancellationToken cancellationToken);

    /// <summary>Stops a node in order.</summary>
    Task Stop(int node, CancellationToken cancellationToken);

    /// <summary>Ends a node as a crash does.</summary>
    Task Kill(int node, CancellationToken cancellationToken);

    /// <summary>Freezes a node: it keeps its connections and answers nothing.</summary>
    Task Pause(int node, CancellationToken cancellationToken);

    /// <summary>Lets a paused node go on.</summary>
    Task Resume(int node, CancellationToken cancellationToken);
}
