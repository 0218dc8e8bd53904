using Npgsql;
using Testcontainers.PostgreSql;

namespace Cmdr.Testing;

/// <summary>A server in a container, where this machine has Docker and no PostgreSQL.</summary>
internal sealed class ContainerTestPostgres : ITestPostgres
{
    private readonly PostgreSqlContainer container = new PostgreSqlBuilder("postgres:17-alpine").Build();

    public NpgsqlConnectionStringBuilder Connection => new(container.GetConnectionString()) { Database = "postgres" };

    public Task Start(CancellationToken cancellationToken) => container.StartAsync(cancellationToken);

    public Task Stop(CancellationToken cancellationToken) => container.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => container.DisposeAsync();
}
