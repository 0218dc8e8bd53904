using System.Globalization;
using Cmdr.Postgres;
using Npgsql;

namespace Cmdr.Testing;

/// <summary>PostgreSQL for tests: one server, started on first use from this machine's binaries, else in a container, else from binaries that it fetches; it leaves no process and no file, even when the tests are killed.</summary>
/// <example><c>[assembly: AssemblyFixture(typeof(PostgresServer))]</c>, then <c>await server.Database(cancellationToken)</c> in a test.</example>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly SemaphoreSlim starting = new(1, 1);
    private ITestPostgres? server;
    private int databases;

    /// <summary>Whether data outlives a crash of the machine; false is faster, and a killed process loses nothing either way.</summary>
    public bool IsDurable { get; init; }

    /// <summary>Makes a database that is empty and nobody else's, and gives its connection string.</summary>
    /// <exception cref="PostgresStartException">There is no PostgreSQL, and none can be fetched; the message says what to install.</exception>
    public async ValueTask<string> Database(CancellationToken cancellationToken)
    {
        var connection = (await Started(cancellationToken).ConfigureAwait(false)).Connection;
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref databases)}");
        await Cmdr.Postgres.Database.Create(connection, name, cancellationToken).ConfigureAwait(false);
        return new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Stops the server, which cuts every connection, and starts it again; its databases are still there.</summary>
    public async Task Restart(CancellationToken cancellationToken)
    {
        var running = await Started(cancellationToken).ConfigureAwait(false);
        await running.Stop(cancellationToken).ConfigureAwait(false);
        await running.Start(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Kills the server's processes, as a crash of the machine would end them, and starts it again; it recovers what was committed.</summary>
    public async Task Crash(CancellationToken cancellationToken)
    {
        await Kill(cancellationToken).ConfigureAwait(false);
        await Start(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the server as a crash does: its processes are killed where they stand.</summary>
    public async Task Kill(CancellationToken cancellationToken) =>
        await (await Started(cancellationToken).ConfigureAwait(false)).Kill(cancellationToken).ConfigureAwait(false);

    /// <summary>Brings back a server that was killed, with its data; it serves when this returns.</summary>
    public async Task Start(CancellationToken cancellationToken) =>
        await (await Started(cancellationToken).ConfigureAwait(false)).Start(cancellationToken).ConfigureAwait(false);

    /// <summary>Stops the server and deletes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (server is not null) await server.DisposeAsync().ConfigureAwait(false);
        starting.Dispose();
    }

    private async Task<ITestPostgres> Started(CancellationToken cancellationToken)
    {
        await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (server is not null) return server;
            var candidate = await Candidate(cancellationToken).ConfigureAwait(false);
            try
            {
                await candidate.Start(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await candidate.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            return server = candidate;
        }
        finally
        {
            starting.Release();
        }
    }

    /// <summary>The machine's own PostgreSQL is the quickest; fetching is the last resort, since what it fetches goes with the folder.</summary>
    private async Task<ITestPostgres> Candidate(CancellationToken cancellationToken) =>
        await PostgresBinaries.Among(PostgresBinaries.Places(), major: null, cancellationToken).ConfigureAwait(false) is null && ContainerTestPostgres.WhereDockerAnswers() is { } container
            ? container
            : new LocalTestPostgres(IsDurable);
}
