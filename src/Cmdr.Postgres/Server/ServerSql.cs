namespace Cmdr.Postgres;

/// <summary>The statements in <c>Server/Sql</c>.</summary>
internal static class ServerSql
{
    internal static string CreateDatabase { get; } = Read("0001-create-database.sql");

    internal static string Ask { get; } = Read("0002-ask.sql");

    private static string Read(string name)
    {
        using var stream = typeof(ServerSql).Assembly.GetManifestResourceStream($"Cmdr.Postgres.Server.Sql.{name}")!; // embedded by the project file
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
