using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr.Projections;

/// <summary>Tells other hosts where this host's feed is. Outside the slices' transactions: a notification makes commits wait for one another.</summary>
internal sealed partial class ProgressAnnouncer(NpgsqlDataSource source, Progress progress, ILogger<ProgressAnnouncer> logger) : BackgroundService, ILogService
{
    private const int MostPerPayload = 100; // a payload has at most 8,000 bytes

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var moved = await progress.NextAnnouncement(stoppingToken);
                foreach (var part in moved.Partitions.Chunk(MostPerPayload)) await Announce(moved with { Partitions = part.ToDictionary() }, stoppingToken);
            }
            catch (NpgsqlException e)
            {
                LogUnheard(e); // who waits looks at the table too
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task Announce(StoredPositions moved, CancellationToken cancellationToken)
    {
        await using var notify = source.CreateCommand(Sql.Notify);
        notify.Parameters.Add(new() { Value = ProgressListener.Format(moved) });
        await notify.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Other hosts could not be told how far the projections are.")]
    private partial void LogUnheard(Exception exception);
}
