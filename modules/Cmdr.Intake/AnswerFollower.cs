using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Cmdr.Intake;

/// <summary>Feeds all waiters from the host's tail of <c>events</c>, from the first one on: a host that takes no commands reads no answers. After a fault it goes on from where it was, or, when the log was recreated, from where that is now.</summary>
internal sealed partial class AnswerFollower(
    [FromKeyedServices(Topics.Commands)] LogTail commands,
    [FromKeyedServices(Topics.Events)] LogTail events,
    Waiters waiters,
    TimeProvider time,
    ILogger<AnswerFollower> logger) : ILogService, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim beginning = new(1, 1);
    private volatile bool isOpen;
    private Task following = Task.CompletedTask;
    private int disposals;
    private long heard;

    /// <summary>True once the log is open.</summary>
    internal bool IsOpen => isOpen;

    /// <summary>How far the answers are read; null before anyone waited for one.</summary>
    internal Cursor? At { get; private set; }

    /// <summary>How long the tail has told nothing, not even that there is nothing.</summary>
    internal TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref heard));

    /// <summary>What the follower fell over; null while it is well.</summary>
    internal Exception? Fault { get; private set; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        isOpen = true;
        return Task.CompletedTask;
    }

    /// <summary>Ends when no answer to a command that is appended from now on can be missed.</summary>
    internal async ValueTask Listen(CancellationToken cancellationToken)
    {
        if (At is not null) return;
        await beginning.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (At is not null) return;
            var now = await events.Now(cancellationToken).ConfigureAwait(false);
            heard = time.GetTimestamp();
            At = now;
            following = Follow(now);
        }
        finally
        {
            beginning.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await following.WaitAsync(cancellationToken).ConfigureAwait(false);
        // Before the server that the log is on, which a host may have started itself and stops last.
        await commands.DisposeAsync().ConfigureAwait(false);
        await events.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        // The container disposes it as itself and as a hosted service.
        if (Interlocked.Exchange(ref disposals, 1) > 0) return;
        await stopping.CancelAsync().ConfigureAwait(false);
        await following.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task Follow(Cursor after)
    {
        await Task.Yield();
        var isRecreated = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // The tail hears of it too, and begins anew; until it has, its cursor is refused as this one was.
                if (isRecreated) At = after = await events.Now(stopping.Token).ConfigureAwait(false);
                await foreach (var page in events.Follow(after, stopping.Token).ConfigureAwait(false))
                {
                    // Who waits registered before the command was appended, and so before any answer was read.
                    if (waiters.Count > 0) waiters.Offer(page.Records);
                    At = after = page.Cursor;
                    Fault = null;
                    Interlocked.Exchange(ref heard, time.GetTimestamp());
                }

                return; // the tail has ended, and with it the host
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Fault = e;
                isRecreated = e is CursorException;
                LogFault(e, Pause);
                await Task.Delay(Pause, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The answers to commands cannot be read; waits run out meanwhile. Trying again after {Pause}.")]
    private partial void LogFault(Exception e, TimeSpan pause);
}

/// <summary>Whether waits are answered.</summary>
internal sealed class IntakeCheck(AnswerFollower follower) : IHealthCheck
{
    /// <summary>A log tells its progress at least every few seconds.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(follower switch
        {
            { Fault: { } fault } => new HealthCheckResult(context.Registration.FailureStatus, "The answers to commands cannot be read; waits run out.", fault),
            { At: not null } when follower.Silence > Longest => new(
                context.Registration.FailureStatus, $"The log has told nothing for {follower.Silence.TotalSeconds:F0} s; waits run out."),
            { IsOpen: false } => new(context.Registration.FailureStatus, "The log is not open yet."),
            _ => HealthCheckResult.Healthy(),
        });
}
