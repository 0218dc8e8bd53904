using System.Globalization;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cmdr.Postgres.Tests.Server;

/// <summary>Where the programs of a server of our own come from.</summary>
public sealed class BinarySearchTests : IDisposable
{
    private readonly StringWriter log = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_there_are_none_they_are_fetched_once_and_serve()
    {
        await using var folder = new OwnFolder();
        await using var maven = StandInMaven.With(await OfThisMachine());
        var settings = Bare(folder, maven.Address);
        var started = await StartAndStop(settings);
        Assert.StartsWith("own server, PostgreSQL ", started.Description, StringComparison.Ordinal);
        Assert.Contains($"fetching 17 once, from {maven.Address} into {folder.Server.Binaries}", log.ToString(), StringComparison.Ordinal);
        Assert.Contains("Downloaded ", log.ToString(), StringComparison.Ordinal);

        maven.Asked.Clear();
        await StartAndStop(settings);
        Assert.Empty(maven.Asked);
    }

    [Fact]
    public async Task Data_is_served_by_the_major_version_that_made_it_and_never_by_what_is_half_unpacked()
    {
        await using var folder = new OwnFolder();
        var mine = await OfThisMachine();
        await StartAndStop(PostgresSettings.Own(folder.Server));
        var unpacking = Directory.CreateDirectory(Path.Combine(folder.Server.Binaries, "postgres-1-linux.0.tmp", "bin")).FullName;
        foreach (var program in (string[])["initdb", "pg_ctl", "postgres"]) File.CreateSymbolicLink(Path.Combine(unpacking, program), Path.Combine(mine.Folder, program));
        await using var maven = StandInMaven.With(mine, $"{mine.Major}.99.0");
        await StartAndStop(Bare(folder, maven.Address));
        Assert.Contains($"fetching {mine.Major} once", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_of_another_major_version_than_its_name_says_does_not_touch_the_data()
    {
        await using var folder = new OwnFolder();
        var mine = await OfThisMachine();
        var other = int.Parse(mine.Major, CultureInfo.InvariantCulture) + 1;
        Directory.CreateDirectory(folder.Server.Data);
        await File.WriteAllTextAsync(folder.Server.Version, $"{other}\n", Now);
        await using var maven = StandInMaven.With(mine, $"{other}.99.0");
        Assert.Contains($"PostgreSQL {mine.Version} came. Install PostgreSQL {other}, ", await Refusal(Bare(folder, maven.Address)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_download_is_refused_and_not_kept()
    {
        await using var folder = new OwnFolder();
        await using var maven = StandInMaven.With(await OfThisMachine(), isDamaged: true);
        var refusal = await Refusal(Bare(folder, maven.Address));
        Assert.Contains("Checksum mismatch", refusal, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(folder.Server.Binaries, "postgres", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_source_that_has_no_release_says_what_to_set_or_install()
    {
        await using var folder = new OwnFolder();
        await using var maven = StandInMaven.With(null);
        SaysWhatToDo(await Refusal(Bare(folder, maven.Address)), maven.Address);
    }

    [Fact]
    public async Task A_source_out_of_reach_says_what_to_set_or_install()
    {
        await using var folder = new OwnFolder();
        var nowhere = new Uri("http://127.0.0.1:1/maven2");
        var refusal = await Refusal(Bare(folder, nowhere));
        SaysWhatToDo(refusal, nowhere);
        Assert.Contains("failed: Connection refused. Install", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_of_another_major_version_is_refused_before_it_is_touched()
    {
        await using var folder = new OwnFolder();
        var binaries = await OfThisMachine();
        Directory.CreateDirectory(folder.Server.Data);
        await File.WriteAllTextAsync(folder.Server.Version, "9\n", Now);
        var refusal = await Refusal(Bare(folder, new("http://127.0.0.1:1/")) with { Binaries = binaries.Folder });
        Assert.Contains($"Cmdr:Postgres:Binaries is PostgreSQL {binaries.Version}, but {folder.Server.Root} was made by 9.", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Named_binaries_that_are_not_there_are_refused()
    {
        await using var folder = new OwnFolder();
        Assert.Contains($"Cmdr:Postgres:Binaries is {folder.Data}, where initdb", await Refusal(PostgresSettings.Own(folder.Server) with { Binaries = folder.Data }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Root_is_told_which_folder_keeps_the_servers_user_out()
    {
        await using var folder = new OwnFolder("closed/data");
        Directory.CreateDirectory(folder.Data);
        File.SetUnixFileMode(Path.Combine(folder.Outer, "closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (Environment.IsPrivilegedProcess) Assert.Contains($"{folder.Outer}/closed is closed to others. Open it", await Refusal(PostgresSettings.Own(folder.Server)), StringComparison.Ordinal);
        else await StartAndStop(PostgresSettings.Own(folder.Server)); // nobody is kept out of what is theirs
    }

    public void Dispose() => log.Dispose();

    private static async Task<PostgresBinaries> OfThisMachine()
    {
        var found = await PostgresBinaries.Among(PostgresBinaries.Places(), major: null, Now);
        Assert.True(found is not null, "The stand-in serves this machine's own PostgreSQL: install one.");
        return found;
    }

    private static PostgresSettings Bare(OwnFolder folder, Uri source) => PostgresSettings.Own(folder.Server) with { Source = source, Places = [] };

    private static void SaysWhatToDo(string refusal, Uri source)
    {
        Assert.DoesNotContain('\n', refusal);
        string[] parts = ["This machine has no PostgreSQL", $"fetching it from {source} failed", "Install PostgreSQL", "Cmdr:Postgres:Binaries", "ConnectionStrings:Postgres"];
        foreach (var part in parts) Assert.Contains(part, refusal, StringComparison.Ordinal);
    }

    private async Task<PostgresLocation> StartAndStop(PostgresSettings settings)
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(new LogLines(log)));
        var location = new PostgresLocation(settings);
        await using var server = new OwnServer(settings, location, loggers);
        await server.StartingAsync(Now);
        return location;
    }

    private async Task<string> Refusal(PostgresSettings settings) => (await Assert.ThrowsAsync<PostgresStartException>(() => StartAndStop(settings))).Message;
}
