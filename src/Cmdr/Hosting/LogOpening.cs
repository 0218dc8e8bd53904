using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cmdr;

/// <summary>A service of a host that needs the log open: it is started once the log is, and stopped with the host.</summary>
public interface ILogService : IHostedService;

/// <summary>
/// Opens the log when the host starts, and starts what needs it. A log that cannot be reached yet holds up no start: it is tried until it can, and health says
/// so meanwhile. What is wrong with a log that was reached stops the host.
/// </summary>
public sealed partial class LogOpening(ILog log, IEnumerable<ILogService> services, IHostApplicationLifetime lifetime, ILogger<LogOpening> logger) : IHostedService, IDisposable
{
    /// <summary>A log that is there answers within this; a host that waits longer would be taken for one that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly List<ILogService> started = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task opening = Task.CompletedTask;
    private int running;
    private int disposals;

    /// <summary>Ends once the log is open and what needs it is started.</summary>
    public Task Opened => opened.Task;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var described = log.Describe(stopping.Token).AsTask();
        var inTime = await Task.WhenAny(described, Task.Delay(Patience, cancellationToken)).ConfigureAwait(false) == described;
        if (!inTime || !await TryBegin(described, cancellationToken).ConfigureAwait(false)) opening = Task.Run(() => TryOn(described), CancellationToken.None);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var i = started.Count - 1; i >= 0; i--) await started[i].StopAsync(cancellationToken).ConfigureAwait(false);
        await opening.ConfigureAwait(false); // what stopped the host is told by whoever runs it
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposals, 1) > 0) return; // the container disposes of it as itself and as a hosted service
        stopping.Cancel(); // a host whose start was given up is disposed of without a stop
        stopping.Dispose();
    }

    private async Task TryOn(Task described)
    {
        try
        {
            var backoff = new Backoff();
            while (!await TryBegin(described, stopping.Token).ConfigureAwait(false))
            {
                await backoff.Wait(stopping.Token).ConfigureAwait(false);
                described = log.Describe(stopping.Token).AsTask();
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // Stopped before it could be opened: whatever ends then, ends for that.
        }
        catch (Exception exception)
        {
            LogUnusable(exception.Message);
            lifetime.StopApplication();
            throw;
        }
    }

    /// <summary>Starts what needs the log; false when the log did not answer, which time may mend.</summary>
    private async Task<bool> TryBegin(Task described, CancellationToken cancellationToken)
    {
        try
        {
            await described.ConfigureAwait(false);
            foreach (var service in services.Skip(running))
            {
                if (!started.Contains(service)) started.Add(service); // stopped with the host even if its start fails
                await service.StartAsync(cancellationToken).ConfigureAwait(false);
                running++;
                if (service is BackgroundService { ExecuteTask: { } working }) _ = Watch(working);
            }

            opened.TrySetResult();
            return true;
        }
        catch (LogException exception)
        {
            if (running < started.Count) LogInterrupted(exception.Message);
            return false;
        }
    }

    /// <summary>As a host watches its own: one that dies takes the host along, rather than to be missing in silence.</summary>
    private async Task Watch(Task working)
    {
        try
        {
            await working.ConfigureAwait(false);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            LogUnusable(exception.Message);
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(LogLevel.Warning, "The log failed while the host started with it, which is tried on: {Message}")]
    private partial void LogInterrupted(string message);

    [LoggerMessage(LogLevel.Critical, "The host stops, since its log, or what needs it, cannot be used: {Message}")]
    private partial void LogUnusable(string message);
}
