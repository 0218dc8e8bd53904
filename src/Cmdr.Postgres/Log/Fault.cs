using Npgsql;

namespace Cmdr.Postgres;

/// <summary>What a failed statement tells about the transaction it was.</summary>
internal static class Fault
{
    /// <summary>True for what the database or the way to it does; anything else is a bug of ours.</summary>
    internal static bool IsOfDatabase(Exception exception) =>
        exception is NpgsqlException or System.Net.Sockets.SocketException or IOException or TimeoutException;

    /// <summary>
    /// True when the server said that it rolled the statement back. A fatal error may follow the commit of a statement whose answer was not sent yet.
    /// </summary>
    internal static bool IsRolledBack(Exception exception) =>
        exception is PostgresException { InvariantSeverity: "ERROR", SqlState: not PostgresErrorCodes.StatementCompletionUnknown };

    /// <summary>True when the records are at fault, so that others may fare better: a data exception, a violated constraint, or what a trigger raised.</summary>
    internal static bool IsOfRecords(Exception exception) => IsRolledBack(exception)
        && exception is PostgresException { SqlState: [var first, var second, ..] } && (first, second) is ('2', '2') or ('2', '3') or ('P', '0');
}
