namespace Cmdr.Postgres;

/// <summary>Which PostgreSQL a host uses, for people; without a password.</summary>
public sealed class PostgresLocation
{
    internal PostgresLocation(PostgresSettings settings)
    {
        Folder = settings.Configured is null ? settings.Folder.Root : null;
        Description = settings.Configured is { } connection
            ? $"host={connection.Host} port={connection.Port} database={connection.Database ?? connection.Username}"
            : $"own server, {Folder}";
    }

    /// <summary>The folder of a server of the host's own; null when it was told of a server.</summary>
    public string? Folder { get; }

    /// <summary>Such as <c>own server, PostgreSQL 15.18, /var/lib/cmdr/postgres</c>; the version is known once the host has started.</summary>
    public string Description { get; private set; }

    internal void Runs(PostgresBinaries binaries) => Description = $"own server, PostgreSQL {binaries.Version}, {Folder}";
}
