using MassTransit;
using MassTransit.Transports;

namespace Cmdr.Bus;

/// <summary>
/// A member of a group: joins, and where the log fails joins again, until it is stopped. When the host is told to stop it leaves at once: the bus is asked only when
/// the web server has answered its requests, and until then the host would keep partitions that others could take over.
/// </summary>
internal sealed class LogMember : ReceiveTransportHandle
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private readonly ILog log;
    private readonly LogGroup group;
    private readonly LogEndpointContext endpoint;
    private readonly EndpointReport report;
    private readonly TimeProvider time;
    private readonly StopSignal stop;
    private readonly IReceivePipeDispatcher dispatcher;
    private readonly ILogConsumer pump;
    private readonly Lazy<Task> leaving;
    private readonly CancellationTokenRegistration hostStopping;
    private readonly Task run;

    public LogMember(ILog log, LogGroup group, Func<IReceivePipeDispatcher, StopSignal, ILogConsumer> consumer, LogEndpointContext endpoint, EndpointReport report, TimeProvider time, StopSignal stop)
    {
        this.log = log;
        this.group = group;
        this.endpoint = endpoint;
        this.report = report;
        this.time = time;
        this.stop = stop;
        dispatcher = endpoint.CreateReceivePipeDispatcher();
        pump = consumer(dispatcher, stop);
        leaving = new(() => stop.Stop(endpoint.ConsumerStopTimeout ?? Patience));
        hostStopping = endpoint.HostStopping.UnsafeRegister(_ => _ = leaving.Value, null);
        // Neither the span nor the log context of whoever starts the bus belongs to the slices.
        using (ExecutionContext.SuppressFlow()) run = Task.Run(Run);
    }

    public async Task Stop(CancellationToken cancellationToken = default)
    {
        await leaving.Value.ConfigureAwait(false);
        await run.WaitAsync(cancellationToken).ConfigureAwait(false);
        await hostStopping.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task Run()
    {
        LogContext.Current = endpoint.LogContext;
        try
        {
            await endpoint.DependenciesReady.WaitAsync(stop.Stopping).ConfigureAwait(false);
            await endpoint.LogOpened.WaitAsync(stop.Stopping).ConfigureAwait(false);
            await Participate().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.Stopping.IsCancellationRequested)
        {
            // Stopped while it waited.
        }

        if (pump is IAsyncDisposable ending) await ending.DisposeAsync().ConfigureAwait(false);
        await report.Stopped(dispatcher.GetMetrics()).ConfigureAwait(false);
    }

    private async Task Participate()
    {
        var pause = ShortestPause;
        while (true)
        {
            var began = time.GetTimestamp();
            var failure = await Join().ConfigureAwait(false);
            if (stop.Stopping.IsCancellationRequested) return;
            await report.LogFailed(failure).ConfigureAwait(false);
            if (time.GetElapsedTime(began) > LongestPause) pause = ShortestPause;
            await Task.Delay(pause, time, stop.Stopping).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Why it ended: whatever a log throws, the group is joined again.</summary>
    private async Task<Exception> Join()
    {
        try
        {
            report.Joining();
            await log.Describe(stop.Stopping).ConfigureAwait(false);
            var consuming = log.Consume(group, pump, stop.Stopping);
            // A member to whom no partition falls is never called; it runs all the same.
            if (await Task.WhenAny(consuming, Task.Delay(Settled, time, stop.Stopping)).ConfigureAwait(false) != consuming) await report.Settled().ConfigureAwait(false);
            await consuming.ConfigureAwait(false);
            return new LogException($"The log let the group {group.Name} go, though nobody stopped it.");
        }
        catch (Exception exception)
        {
            return exception;
        }
    }
}
