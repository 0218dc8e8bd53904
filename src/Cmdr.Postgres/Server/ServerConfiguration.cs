namespace Cmdr.Postgres;

/// <summary>The configuration of a server of our own: reached through its socket alone, modest in memory, quiet in its log.</summary>
/// <param name="IsDurable">False for tests alone: a crash of the machine loses data.</param>
/// <param name="Connections">How many may be open at once.</param>
internal sealed record ServerConfiguration(bool IsDurable = true, int Connections = 200)
{
    internal async Task Write(ServerFolder folder, CancellationToken cancellationToken)
    {
        var text = $"""
            # Written anew at each start. What initdb found for this machine comes first.
            include = {Quoting.Configuration(Slashed(Path.Combine(folder.Data, "postgresql.conf")))}
            listen_addresses = ''
            port = 5432
            unix_socket_directories = {Quoting.Configuration(Quoting.Name(Slashed(folder.Socket)))}
            max_connections = {Connections}
            shared_buffers = 128MB
            max_wal_size = 1GB
            timezone = 'GMT'
            log_timezone = 'GMT'
            # Statements that fail are told to who sent them, not to the log, which so stays small.
            log_min_messages = log
            log_checkpoints = off
            fsync = {(IsDurable ? "on" : "off")}
            full_page_writes = {(IsDurable ? "on" : "off")}
            """;
        await File.WriteAllTextAsync(folder.Configuration, text, cancellationToken).ConfigureAwait(false);
        // The server's user reads it, whatever the umask of root.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.Configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private static string Slashed(string path) => OperatingSystem.IsWindows() ? path.Replace('\\', '/') : path;
}
