namespace Cmdr.Projections;

/// <summary>The embedded statements, by number and name.</summary>
internal static class Sql
{
    internal static string Patience { get; } = Read("00-patience");

    internal static string LockStart { get; } = Read("01-lock-start");

    internal static string UnlockStart { get; } = Read("02-unlock-start");

    internal static string Layout { get; } = Read("03-layout");

    internal static string Drop { get; } = Read("04-drop");

    internal static string Tables { get; } = Read("05-tables");

    internal static string LayoutDone { get; } = Read("06-layout-done");

    internal static string Origin { get; } = Read("07-origin");

    internal static string MissingTables { get; } = Read("08-missing-tables");

    internal static string Rebuild { get; } = Read("09-rebuild");

    internal static string BeginAgain { get; } = Read("10-begin-again");

    internal static string Positions { get; } = Read("11-positions");

    internal static string LockPositions { get; } = Read("12-lock-positions");

    internal static string LockViews { get; } = Read("13-lock-views");

    internal static string StreamVersions { get; } = Read("14-stream-versions");

    internal static string MovePositions { get; } = Read("15-move-positions");

    internal static string CopyHistory { get; } = Read("16-copy-history");

    internal static string CopyStrays { get; } = Read("17-copy-strays");

    internal static string Notify { get; } = Read("18-notify");

    internal static string Listen { get; } = Read("19-listen");

    internal static string FindHistory { get; } = Read("20-find-history");

    internal static string HistoryPage { get; } = Read("21-history-page");

    internal static string ViewsForward { get; } = Read("22-views-forward");

    internal static string ViewsBackward { get; } = Read("23-views-backward");

    private static string Read(string name)
    {
        using var stream = typeof(Sql).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name}.sql is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
