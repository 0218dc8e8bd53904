using Npgsql;

namespace Cmdr.Testing;

/// <summary>A PostgreSQL server that lives as long as the tests.</summary>
internal interface ITestPostgres : IAsyncDisposable
{
    /// <summary>How to connect to the database <c>postgres</c>.</summary>
    NpgsqlConnectionStringBuilder Connection { get; }

    /// <summary>Serves when it returns.</summary>
    Task Start(CancellationToken cancellationToken);

    /// <summary>Cuts every connection.</summary>
    Task Stop(CancellationToken cancellationToken);

    /// <summary>Kills its processes, all at once; what they had not written is lost.</summary>
    Task Kill(CancellationToken cancellationToken);
}
