using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>What everyone in this host who reads from or writes to the log shares.</summary>
internal sealed record LogParts(
    NpgsqlDataSource Source, TopicIds Topics, TopicReader Reader, Announcer Announcer, Wakeups Wakeups, LogHealth Health, TimeProvider Time, ILogger<PostgresLog> Logger);
