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

    /// <summary>The first process of a container cannot be killed from within; all others can, and then it starts them anew.</summary>
    public Task Kill(CancellationToken cancellationToken) => container.ExecAsync(["sh", "-c", "kill -9 $(pgrep -P 1)"], cancellationToken);

    public ValueTask DisposeAsync() => container.DisposeAsync();
}
