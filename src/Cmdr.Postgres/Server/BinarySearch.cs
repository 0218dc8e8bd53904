using Microsoft.Extensions.Logging;
using MysticMind.PostgresEmbed;

namespace Cmdr.Postgres;

/// <summary>Finds the binaries for a server of our own: those that were named, else the machine's, else what was fetched; else fetches.</summary>
internal sealed partial class BinarySearch(PostgresSettings settings, ILoggerFactory loggers)
{
    private const string Fetched = "17"; // the newest release of it, with which new data is made

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ServerFolder folder = settings.Folder;

    // A category of its own, so that a host that is quiet otherwise shows the progress.
    private readonly ILogger logger = loggers.CreateLogger("Cmdr.Postgres.Fetching");

    /// <exception cref="PostgresStartException">There are none that can serve the data; the message says what to install or set.</exception>
    internal async Task<PostgresBinaries> Find(CancellationToken cancellationToken)
    {
        // Data can only be read by the major version that made it.
        var major = File.Exists(folder.Version) ? (await File.ReadAllTextAsync(folder.Version, cancellationToken).ConfigureAwait(false)).Trim() : null;
        if (settings.Binaries is { } named) return await Named(named, major, cancellationToken).ConfigureAwait(false);
        return await PostgresBinaries.Among(settings.Places, major, cancellationToken).ConfigureAwait(false)
            ?? await PostgresBinaries.Among(FetchedBefore(), major, cancellationToken).ConfigureAwait(false)
            ?? await Fetch(major, cancellationToken).ConfigureAwait(false);
    }

    private async Task<PostgresBinaries> Named(string named, string? major, CancellationToken cancellationToken)
    {
        var found = await PostgresBinaries.In(named, cancellationToken).ConfigureAwait(false)
            ?? throw new PostgresStartException($"Cmdr:Postgres:Binaries is {named}, where initdb, pg_ctl and postgres are not. Set it to the folder that holds them, or remove it.");
        return major is null || found.Major == major
            ? found
            : throw new PostgresStartException($"Cmdr:Postgres:Binaries is PostgreSQL {found.Version}, but {folder.Root} was made by {major}. Set it to binaries of {major}, or Cmdr:Data to another folder.");
    }

    private IEnumerable<string> FetchedBefore() => Directory.Exists(folder.Binaries)
        // What is still being unpacked, or was when its host was killed, ends in .tmp.
        ? Directory.EnumerateDirectories(folder.Binaries).Where(release => !release.EndsWith(".tmp", StringComparison.Ordinal)).Select(release => Path.Combine(release, "bin"))
        : [];

    private async Task<PostgresBinaries> Fetch(string? major, CancellationToken cancellationToken)
    {
        Fetching(logger, major ?? Fetched, settings.Source, folder.Binaries);
        using var handler = new SocketsHttpHandler { ConnectTimeout = Patience };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(15) };
        var package = new PgServer(new PgServerOptions
        {
            PgVersion = major ?? Fetched,
            DbDir = folder.Binaries,
            BinariesDir = folder.Binaries,
            MavenRepo = settings.Source.AbsoluteUri.TrimEnd('/'),
            DownloadRetryCount = 2,
            HttpClient = http,
            Logger = logger,
        });
        try
        {
            Directory.CreateDirectory(folder.Binaries);
            await package.InstallAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is PostgresEmbedException or UnsupportedPlatformException or HttpRequestException or IOException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // The package wraps what happened in advice on settings of its own.
            throw Missing(major, e.GetBaseException().Message, e);
        }

        var bin = Path.Combine(package.InstallDir, "bin");
        var found = await PostgresBinaries.In(bin, cancellationToken).ConfigureAwait(false) ?? throw Missing(major, $"what came does not run here ({bin})", null);
        return major is null || found.Major == major ? found : throw Missing(major, $"PostgreSQL {found.Version} came", null);
    }

    private PostgresStartException Missing(string? major, string why, Exception? inner) => new(
        $"This machine has no PostgreSQL{(major is null ? "" : $" {major}, which made {folder.Root}")}, and fetching it from {settings.Source} failed: {why.ReplaceLineEndings(" ").TrimEnd('.')}. "
        + $"Install PostgreSQL{(major is null ? "" : " " + major)}, set Cmdr:Postgres:Binaries to its programs, set ConnectionStrings:Postgres to a server, or set Cmdr:Postgres:Source to a Maven repository within reach.",
        inner);

    [LoggerMessage(Level = LogLevel.Information, Message = "This machine has no PostgreSQL; fetching {Version} once, from {Source} into {Folder}.")]
    private static partial void Fetching(ILogger logger, string version, Uri source, string folder);
}
