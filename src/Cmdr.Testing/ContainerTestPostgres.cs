using DotNet.Testcontainers.Builders;
using Npgsql;
using Testcontainers.PostgreSql;

namespace Cmdr.Testing;

/// <summary>A server in a container, where this machine has Docker and no PostgreSQL.</summary>
internal sealed class ContainerTestPostgres : ITestPostgres
{
    private readonly PostgreSqlContainer container;

    private ContainerTestPostgres(PostgreSqlContainer container) => this.container = container;

    public NpgsqlConnectionStringBuilder Connection => new(container.GetConnectionString()) { Database = "postgres" };

    /// <summary>Null where no Docker engine answers.</summary>
    internal static ContainerTestPostgres? WhereDockerAnswers()
    {
        try
        {
            return new(new PostgreSqlBuilder("postgres:17-alpine").Build());
        }
        catch (DockerUnavailableException)
        {
            return null;
        }
    }

    public Task Start(CancellationToken cancellationToken) => container.StartAsync(cancellationToken);

    public Task Stop(CancellationToken cancellationToken) => container.StopAsync(cancellationToken);

    /// <summary>The nearest that the engine's client offers: every process but the container's first is killed, which ends the container.</summary>
    public async Task Kill(CancellationToken cancellationToken)
    {
        await container.ExecAsync(["sh", "-c", "kill -9 -1"], cancellationToken).ConfigureAwait(false);
        await container.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => container.DisposeAsync();
}
