namespace Cmdr.Postgres;

/// <summary>Quotes text for the languages in which a path must be written.</summary>
internal static class Quoting
{
    /// <summary>One word of the POSIX shell.</summary>
    internal static string Shell(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    /// <summary>A value in PostgreSQL's configuration file.</summary>
    internal static string Configuration(string text) => $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>An element of a list of names in a value.</summary>
    internal static string Name(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
