namespace Cmdr.Postgres;

/// <summary>The statements of the log, from its numbered files.</summary>
internal static class Sql
{
    private const string Folder = "Cmdr.Postgres.Log.Sql.";

    internal static readonly string Session = Load("01_session.sql");
    internal static readonly string LockSchema = Load("02_lock_schema.sql");
    internal static readonly string FoundSchema = Load("03_found_schema.sql");
    internal static readonly string SchemaExists = Load("04_schema_exists.sql");
    internal static readonly string SchemaVersion = Load("05_schema_version.sql");
    internal static readonly string Migrated = Load("06_migrated.sql");
    internal static readonly string CreateLog = Load("07_create_log.sql");
    internal static readonly string Describe = Load("08_describe.sql");
    internal static readonly string CreateTopic = Load("09_create_topic.sql");
    internal static readonly string CreatePartitions = Load("10_create_partitions.sql");
    internal static readonly string Topic = Load("11_topic.sql");
    internal static readonly string Append = Load("12_append.sql");
    internal static readonly string Read = Load("13_read.sql");
    internal static readonly string ReadAt = Load("14_read_at.sql");
    internal static readonly string Ends = Load("15_ends.sql");
    internal static readonly string Notify = Load("16_notify.sql");
    internal static readonly string Listen = Load("17_listen.sql");
    internal static readonly string CreateGroup = Load("18_create_group.sql");
    internal static readonly string Group = Load("19_group.sql");
    internal static readonly string CreateLeases = Load("20_create_leases.sql");
    internal static readonly string Join = Load("21_join.sql");
    internal static readonly string Beat = Load("22_beat.sql");
    internal static readonly string Evict = Load("23_evict.sql");
    internal static readonly string Leases = Load("24_leases.sql");
    internal static readonly string Claim = Load("25_claim.sql");
    internal static readonly string Release = Load("26_release.sql");
    internal static readonly string Leave = Load("27_leave.sql");
    internal static readonly string Commit = Load("28_commit.sql");
    internal static readonly string Resolve = Load("29_resolve.sql");
    internal static readonly string LockGroup = Load("30_lock_group.sql");

    /// <summary>No host runs it: an operator does, once the log has grown so far.</summary>
    internal static readonly string SplitByRange = Load("31_split_by_range.sql");

    /// <summary>The migrations of the schema, by their number, from 1 without gaps.</summary>
    internal static IReadOnlyList<string> Migrations { get; } =
    [
        .. typeof(Sql).Assembly.GetManifestResourceNames().Where(name => name.StartsWith($"{Folder}Schema.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(name => Load(name[Folder.Length..])),
    ];

    private static string Load(string name)
    {
        using var stream = typeof(Sql).Assembly.GetManifestResourceStream(Folder + name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
