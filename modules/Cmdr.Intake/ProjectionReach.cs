using Microsoft.Extensions.Logging;

namespace Cmdr.Intake;

/// <summary>
/// Asks the projections, where the host has them: whether they show an outcome, and how a repeated command first ended. The commands are on the log by
/// then, so whatever goes wrong here shortens the answer and fails nothing.
/// </summary>
internal sealed partial class ProjectionReach(ILogger<ProjectionReach> logger, IViews? views = null, IHistory? history = null)
{
    private const int MostEvents = PageRequest.MaxSize;

    /// <summary>Waits until views and history show the outcomes; a host without views answers that it ran out of time.</summary>
    internal async Task<Receipt[]> Reach(Receipt[] receipts, Deadline deadline, CancellationToken cancellationToken)
    {
        // Projections go through a partition in order, so its last position stands for all.
        var furthest = receipts.Where(receipt => !receipt.TimedOut).Select(receipt => receipt.Position).GroupBy(position => position.Partition)
            .Select(group => group.MaxBy(position => position.Offset)).ToList();
        var reached = await Task.WhenAll(furthest.Select(position => Reach(position, deadline, cancellationToken))).ConfigureAwait(false);
        var partitions = furthest.Where((_, i) => reached[i]).Select(position => position.Partition).ToHashSet();
        return [.. receipts.Select(receipt => receipt.TimedOut
            ? receipt
            : receipt with { Projected = partitions.Contains(receipt.Position.Partition), TimedOut = !partitions.Contains(receipt.Position.Partition) })];
    }

    /// <summary>The receipt of a repeat, with the first's outcome record and events as far as history shows them.</summary>
    internal async Task<Receipt> First(Receipt receipt, CommandRepeated repeated, Deadline deadline, CancellationToken cancellationToken)
    {
        if (history is null || receipt.Reused || repeated.Outcome is null) return receipt;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var filter = new HistoryFilter { CausationId = receipt.Id, Subject = receipt.Subject };
            limit.CancelAfter(deadline.Remaining + Grace);
            var page = await history.List(Topics.Events, filter, new(First: MostEvents), limit.Token).ConfigureAwait(false);
            var records = page.Items.Select(item => item.Value)
                .Where(record => record.Envelope.CommandOffset == repeated.First && record.Position.Partition == receipt.Position.Partition).ToList();
            return records.Find(record => record.Envelope.Outcome is not null) is { } outcome
                ? receipt with { Position = outcome.Position, Events = [.. records.Where(record => record.Envelope.Sequence is not null)] }
                : receipt;
        }
        catch (Exception e) when (e is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
        {
            LogUnreachable(e);
            return receipt;
        }
    }

    private async Task<bool> Reach(Position position, Deadline deadline, CancellationToken cancellationToken)
    {
        if (views is null) return false;
        try
        {
            return await views.Reach(position, deadline.Remaining, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
        {
            LogUnreachable(e);
            return false;
        }
    }

    /// <summary>One look at history is worth a moment even where the wait itself has run out.</summary>
    private static TimeSpan Grace { get; } = TimeSpan.FromSeconds(1);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The projections could not be asked; the receipt says less than it might.")]
    private partial void LogUnreachable(Exception e);
}
