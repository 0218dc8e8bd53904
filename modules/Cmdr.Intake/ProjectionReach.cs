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
        var reached = await Reached(receipts.Where(receipt => !receipt.TimedOut), deadline.Remaining, cancellationToken).ConfigureAwait(false);
        return [.. receipts.Select(receipt => receipt.TimedOut
            ? receipt
            : receipt with { Projected = reached.Contains(receipt.Position.Partition), TimedOut = !reached.Contains(receipt.Position.Partition) })];
    }

    /// <summary>The receipts; those of repeats with the first's outcome record and events, as far as history shows them.</summary>
    internal async Task<Receipt[]> Firsts(Receipt[] receipts, Answer[] answers, Deadline deadline, CancellationToken cancellationToken)
    {
        var repeats = Enumerable.Range(0, receipts.Length).Where(i => answers[i].Repeated is { Outcome: not null, Reused: false }).ToList();
        if (history is null || repeats.Count == 0) return receipts;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline.Remaining + Grace);
        try
        {
            // Who repeats at once comes before history shows the first.
            var patience = deadline.Remaining < Grace ? deadline.Remaining : Grace;
            await Reached(repeats.Select(i => receipts[i]), patience, limit.Token).ConfigureAwait(false);
            foreach (var i in repeats) receipts[i] = await First(history, receipts[i], answers[i].Repeated!.First, limit.Token).ConfigureAwait(false); // not null: selected above
        }
        catch (Exception e) when (e is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
        {
            LogUnreachable(e);
        }

        return receipts;
    }

    private static async Task<Receipt> First(IHistory history, Receipt receipt, long command, CancellationToken cancellationToken)
    {
        var filter = new HistoryFilter { CausationId = receipt.Id, Subject = receipt.Subject };
        var page = await history.List(Topics.Events, filter, new(First: MostEvents), cancellationToken).ConfigureAwait(false);
        var records = page.Items.Select(item => item.Value)
            .Where(record => record.Envelope.CommandOffset == command && record.Position.Partition == receipt.Position.Partition).ToList();
        return records.Find(record => record.Envelope.Outcome is not null) is { } outcome
            ? receipt with { Position = outcome.Position, Events = [.. records.Where(record => record.Envelope.Sequence is not null)] }
            : receipt;
    }

    /// <summary>The partitions in which views and history show the receipts' positions.</summary>
    private async Task<HashSet<int>> Reached(IEnumerable<Receipt> receipts, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Projections go through a partition in order, so its last position stands for all.
        var furthest = receipts.Select(receipt => receipt.Position).GroupBy(position => position.Partition).Select(group => group.MaxBy(position => position.Offset)).ToList();
        var reached = await Task.WhenAll(furthest.Select(position => Reach(position, timeout, cancellationToken))).ConfigureAwait(false);
        return [.. furthest.Where((_, i) => reached[i]).Select(position => position.Partition)];
    }

    private async Task<bool> Reach(Position position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (views is null) return false;
        try
        {
            return await views.Reach(position, timeout, cancellationToken).ConfigureAwait(false);
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
