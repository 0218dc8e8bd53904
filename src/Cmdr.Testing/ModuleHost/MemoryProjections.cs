using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Cmdr.Testing;

/// <summary>Follows the log, and keeps views and history of it in memory.</summary>
internal sealed class MemoryProjections(ILog log, Catalog catalog, TimeProvider time) : BackgroundService, IHealthCheck
{
    private readonly Lock gate = new();
    private readonly Dictionary<ViewType, MemoryView> views = catalog.Views.ToDictionary(view => view, MemoryView.Of);
    private readonly Dictionary<string, List<HistoryRecord>> history = new() { [Topics.Commands] = [], [Topics.Events] = [] };
    private readonly Dictionary<int, long> answered = [];
    private Cursor? reached;
    private Exception? fault;
    private TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads what is projected, while nothing changes.</summary>
    public T Read<T>(Func<IReadOnlyDictionary<ViewType, MemoryView>, IReadOnlyDictionary<string, List<HistoryRecord>>, T> read)
    {
        lock (gate) return read(views, history);
    }

    /// <summary>Waits until a position is projected; false when the time ran out, or a view failed before.</summary>
    public async Task<bool> Reach(Position position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (IsReached(position)) return true;
                if (fault is not null || limit.IsCancellationRequested) return false;
                next = moved.Task;
            }

            await next.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (gate) return Task.FromResult(fault is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(fault.Message, fault));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var description = await log.Describe(stoppingToken).ConfigureAwait(false);
        await Task.WhenAll(history.Keys.ToList().Select(topic => Follow(Cursor.Beginning(description, topic), stoppingToken))).ConfigureAwait(false);
    }

    private async Task Follow(Cursor after, CancellationToken cancellationToken)
    {
        await foreach (var page in log.Read(after, cancellationToken).ConfigureAwait(false))
        {
            lock (gate)
            {
                try
                {
                    foreach (var record in page.Records) Project(record);
                    if (page.Cursor.Topic == Topics.Events) reached = page.Cursor;
                }
                catch (Exception e)
                {
                    // A module's own code threw: whoever waits is told by health, and the tests' log stands as it is.
                    fault ??= e;
                }

                moved.TrySetResult();
                moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (fault is not null) return;
            }
        }
    }

    private void Project(LoggedRecord logged)
    {
        if (!CloudEventBinding.TryRead(logged.Record, out var envelope, out _)) return;
        var record = new HistoryRecord(logged.Position, envelope);
        history[logged.Position.Topic].Add(record);
        if (logged.Position.Topic != Topics.Events) return;
        if (envelope.CommandOffset is { } offset) answered[logged.Position.Partition] = Math.Max(offset, answered.GetValueOrDefault(logged.Position.Partition, -1));
        foreach (var view in views.Values) view.Take(record);
    }

    private bool IsReached(Position position) => position.Topic == Topics.Events
        ? reached?.Includes(position) == true
        : answered.GetValueOrDefault(position.Partition, -1) >= position.Offset;
}

/// <summary>The verb that adds them.</summary>
internal static class MemoryProjectionsRegistration
{
    /// <summary>Opens the doors to views and history, kept in memory.</summary>
    public static CmdrBuilder AddMemoryProjections(this CmdrBuilder cmdr)
    {
        cmdr.Services.AddSingleton<MemoryProjections>().AddHostedService(provider => provider.GetRequiredService<MemoryProjections>());
        cmdr.Services.AddSingleton<IViews, MemoryViews>().AddSingleton<IHistory, MemoryHistory>();
        cmdr.Services.AddHealthChecks().AddCheck<MemoryProjections>("projections");
        return cmdr;
    }
}
