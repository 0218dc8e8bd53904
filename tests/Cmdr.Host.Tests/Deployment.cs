using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>
/// A log with its servers, as hosts are told of it and as an outsider reads it. What a test says of hosts holds on every log; only what is here differs.
/// </summary>
internal abstract class Deployment(string database) : IAsyncDisposable
{
    /// <summary>The logs that a host can run on.</summary>
    internal static readonly string[] Logs = ["postgres", "kafka"];

    /// <summary>The database of everything that is not the log, and of the log where it is on PostgreSQL.</summary>
    internal string Database { get; } = database;

    /// <summary>What a host is told.</summary>
    internal virtual (string Key, string Value)[] Settings => [("ConnectionStrings:Postgres", Database)];

    /// <summary>How many servers the log has: each can be killed.</summary>
    internal virtual int Servers => 1;

    /// <summary>Begins a deployment with an empty log: <c>postgres</c>, <c>kafka</c>, or <c>kafka-3</c> for three brokers.</summary>
    internal static async Task<Deployment> Start(string log, PostgresServer postgres, CancellationToken stop)
    {
        var database = await postgres.Database(stop);
        return log switch
        {
            "postgres" => new PostgresDeployment(postgres, database),
            "kafka" => await KafkaDeployment.Start(database, 1),
            "kafka-3" => await KafkaDeployment.Start(database, 3),
            _ => throw new ArgumentOutOfRangeException(nameof(log), log, "No such log."),
        };
    }

    /// <summary>What is committed on a topic from these offsets on, by partition and in order, read without any code of ours.</summary>
    internal abstract Task<IReadOnlyList<Line>> Read(string topic, IReadOnlyDictionary<int, long> from, CancellationToken stop);

    /// <summary>The living members of a group that own partitions; a host is one member, unless it is told otherwise.</summary>
    internal abstract Task<IReadOnlySet<string>> Owners(string group, CancellationToken stop);

    /// <summary>Waits until so many members own partitions, one of them none of <paramref name="before"/> where that is given: who ends then leaves something behind.</summary>
    internal Task Owned(string group, int members, CancellationToken stop, IReadOnlySet<string>? before = null) => Awaited.Until(
        $"{members} members of {group} own partitions{(before is null ? "" : ", one of them new")}",
        async () => await Owners(group, stop) is var owners && owners.Count == members && (before is null || !owners.IsSubsetOf(before)),
        stop);

    /// <summary>Kills a server of the log as a crash does.</summary>
    internal abstract Task Kill(int server, CancellationToken stop);

    /// <summary>Brings it back, with its data.</summary>
    internal abstract Task Start(int server, CancellationToken stop);

    /// <summary>True where servers that run can be made to take no record.</summary>
    internal virtual bool CanRefuse => true;

    /// <summary>From now on the log takes no record: a full disk to whoever appends.</summary>
    internal abstract Task RefuseWrites(CancellationToken stop);

    /// <summary>Takes records again.</summary>
    internal abstract Task TakeWrites(CancellationToken stop);

    /// <summary>Where on <c>events</c> records wait for a transaction to end: partition and first offset that readers do not get yet. Null where a log never shows such a moment.</summary>
    internal abstract Task<IReadOnlyCollection<(int Partition, long Offset)>?> HeldUp(CancellationToken stop);

    public abstract ValueTask DisposeAsync();
}
