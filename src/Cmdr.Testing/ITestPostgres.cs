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

    /// <summary>Ends it as a crash does; nothing of it runs when this returns.</summary>
    Task Kill(CancellationToken cancellationToken);
}
