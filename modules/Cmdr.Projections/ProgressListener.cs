using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr.Projections;

/// <summary>The one connection on which a host hears where others' projections are; behind it, while somebody waits, a slow look at the table.</summary>
internal sealed partial class ProgressListener(NpgsqlDataSource source, Progress progress, TimeProvider time, ILogger<ProgressListener> logger) : BackgroundService, ILogService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>What <see cref="Parse"/> reads: <c>generation;events/3:18:7;...</c></summary>
    internal static string Format(StoredPositions moved) => string.Create(CultureInfo.InvariantCulture,
        $"{moved.Generation};{string.Join(';', moved.Partitions.Select(x => string.Create(CultureInfo.InvariantCulture, $"{x.Key}:{x.Value.Next}:{x.Value.CommandOffset}")))}");

    /// <summary>Reads what <see cref="Format"/> wrote.</summary>
    internal static StoredPositions Parse(string text)
    {
        var parts = text.Split(';', StringSplitOptions.RemoveEmptyEntries);
        var partitions = parts.Skip(1).Select(part => part.Split('/', ':')).ToDictionary(
            part => new TopicPartition(part[0], int.Parse(part[1], CultureInfo.InvariantCulture)),
            part => new Reached(long.Parse(part[2], CultureInfo.InvariantCulture), long.Parse(part[3], CultureInfo.InvariantCulture)));
        return new(long.Parse(parts[0], CultureInfo.InvariantCulture), partitions);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Listen(stoppingToken);
            }
            catch (NpgsqlException e) when (!stoppingToken.IsCancellationRequested)
            {
                LogBroken(e);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task Listen(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) => progress.Advance(Parse(notification.Payload));
        await using (var listen = new NpgsqlCommand(Sql.Listen, connection)) await listen.ExecuteNonQueryAsync(cancellationToken);
        progress.Advance(await Positions.Read(connection, cancellationToken));
        while (true)
        {
            var notified = await connection.WaitAsync(Look, cancellationToken);
            if (!notified && progress.IsAwaited) progress.Advance(await Positions.Read(connection, cancellationToken));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The host does not hear where the projections are; it tries again.")]
    private partial void LogBroken(Exception exception);
}
