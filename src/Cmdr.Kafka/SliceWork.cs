using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cmdr.Kafka;

/// <summary>Hands slices to the consumer one after another, polls on while one takes long, commits them, and tells the consumer what became of each.</summary>
internal sealed partial class SliceWork(
    LogGroup group, Holdings holdings, ILogConsumer handler, SliceCommit commit, Fetching fetching, ILogger logger, CancellationToken stop) : IDisposable
{
    /// <summary>A handler that takes longer is polled for: a member that does not poll is taken for dead.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a handler may go on when its partitions are to go to another member.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>How long it may go on when partitions come: nobody else waits for them.</summary>
    private static readonly TimeSpan Leisure = TimeSpan.FromSeconds(60);

    /// <summary>How long a fenced member waits to hear what became of its partitions; several heartbeats tell it.</summary>
    private static readonly TimeSpan Hearing = TimeSpan.FromSeconds(5);

    private readonly Backoff backoff = new();
    private Delivery? inHand;
    private TimeSpan pause;
    private bool isFenced;

    /// <summary>True from when a slice failed until one is committed.</summary>
    internal bool IsFailing => backoff.IsBackingOff;

    /// <summary>How long the next slice is to wait since the last one failed; zero once it was asked.</summary>
    internal TimeSpan Pause()
    {
        var now = pause;
        pause = TimeSpan.Zero;
        return now;
    }

    internal void Handle(Delivery delivery)
    {
        inHand = delivery;
        using (delivery)
        {
            delivery.Begin(handler, stop);
            try
            {
                fetching.Gather(delivery);
                if (!delivery.HasEnded(Long)) PollOn(delivery);
                if (!delivery.IsSettled) Settle(delivery, areLost: false);
                if (isFenced) AwaitNews();
            }
            finally
            {
                // Whatever ends the member while it polls, its consumer is at nothing when it is told.
                if (!delivery.IsSettled) GiveUp(delivery);
                inHand = null;
            }
        }
    }

    /// <summary>Partitions come or go: the slice in hand must have ended before the consumer is told, and before the library lets them go.</summary>
    internal void Finish(IReadOnlyCollection<TopicPartition> leaving, bool areLost)
    {
        if (inHand is { IsSettled: false } delivery)
        {
            delivery.End(areLost ? TimeSpan.Zero : leaving.Count == 0 ? Leisure : Grace);
            Settle(delivery, areLost && leaving.Intersect(delivery.Fence.Select(owned => owned.Partition)).Any());
        }

        isFenced = false; // this is the news
    }

    public void Dispose() => commit.Dispose();

    private void PollOn(Delivery delivery)
    {
        holdings.PauseAll();
        while (!delivery.HasEnded(Between)) fetching.Poll(TimeSpan.Zero);
        holdings.ResumeAll();
    }

    /// <summary>Whoever is fenced could only be refused again: no slice until it has heard why.</summary>
    private void AwaitNews()
    {
        holdings.PauseAll();
        for (var began = Stopwatch.GetTimestamp(); isFenced && !stop.IsCancellationRequested && Stopwatch.GetElapsedTime(began) < Hearing;) fetching.Poll(Between);
        isFenced = false;
        holdings.ResumeAll();
    }

    private void GiveUp(Delivery delivery)
    {
        delivery.End(TimeSpan.Zero);
        delivery.IsSettled = true;
        Abort(delivery);
    }

    private void Settle(Delivery delivery, bool areLost)
    {
        delivery.IsSettled = true;
        if (!delivery.Work!.IsCompletedSuccessfully) Fail(delivery); // begun
        else if (areLost || !holdings.Has(delivery)) Abort(delivery);
        else Conclude(delivery, commit.Commit(delivery));
    }

    private void Conclude(Delivery delivery, CommitOutcome outcome)
    {
        if (outcome == CommitOutcome.Committed)
        {
            backoff.Reset();
            holdings.Commit(delivery);
            holdings.ResumeAll();
            Blocking.Wait(handler.Committed(delivery.Slice, CancellationToken.None));
            return;
        }

        Abort(delivery);
        isFenced = outcome == CommitOutcome.Fenced;
        // The consumer's state may lack what is on the log: it restores when the member has joined anew.
        if (outcome == CommitOutcome.Unknown) throw new LogException($"It is unknown what became of a slice of the group {group.Name}; the member joins anew, and learns it from the log.");
    }

    private void Fail(Delivery delivery)
    {
        if (!stop.IsCancellationRequested && !backoff.IsBackingOff) LogFailed(logger, group.Name, delivery.Work!.Exception?.InnerException?.Message ?? "it was cancelled"); // begun
        Abort(delivery);
    }

    private void Abort(Delivery delivery)
    {
        delivery.AskAgain();
        delivery.Slice.Reset();
        pause = backoff.Next();
        Blocking.Wait(handler.Aborted(delivery.Slice, CancellationToken.None));
    }

    [LoggerMessage(11, LogLevel.Warning, "A consumer of the group {Group} failed, and is asked again until it does not: {Message}")]
    private static partial void LogFailed(ILogger logger, string group, string message);
}
