using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr.Postgres;

/// <summary>Waits, before anything else starts, until the server that the host was told of answers.</summary>
internal sealed partial class ConfiguredServer(NpgsqlDataSource database, PostgresLocation location, TimeProvider time, ILoggerFactory loggers) : IHostedLifecycleService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ILogger logger = loggers.CreateLogger("Cmdr.Postgres");

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var delay = TimeSpan.FromMilliseconds(250); ; delay = delay < TimeSpan.FromSeconds(2) ? delay * 2 : delay)
        {
            try
            {
                var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await connection.DisposeAsync().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or SocketException)
            {
                if (e is NpgsqlException { IsTransient: false } || time.GetElapsedTime(began) >= Patience)
                {
                    throw new PostgresStartException($"PostgreSQL ({location.Description}) cannot be used: {Why(e)}. Correct ConnectionStrings:Postgres, or start that server.", e);
                }

                if (delay < TimeSpan.FromMilliseconds(300)) Waiting(logger, location.Description, Why(e), Patience.TotalSeconds);
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // What a server says may go on over several lines.
    private static string Why(Exception e) => (e is PostgresException said ? said.MessageText : e.GetBaseException().Message).ReplaceLineEndings(" ").TrimEnd('.');

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL ({Location}) does not answer: {Why}. Trying again for {Seconds} s.")]
    private static partial void Waiting(ILogger logger, string location, string why, double seconds);
}
