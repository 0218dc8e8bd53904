using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Cmdr.Testing;

/// <summary>
/// One module alone, in a host that has everything but edges: the real Intake and Handling over the log in memory, views and history in memory, and a clock
/// that stands still until it is advanced. No server.
/// </summary>
/// <remarks>Nothing takes a cancellation token: whatever a test waits for here comes about within 10 s, or fails with what health says.</remarks>
public sealed class ModuleHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IHost host;
    private readonly FakeTimeProvider? clock;

    private ModuleHost(IHost host, FakeTimeProvider? clock) => (this.host, this.clock) = (host, clock);

    /// <summary>The host's clock, from 1 January 2025.</summary>
    /// <exception cref="InvalidOperationException">The host is on PostgreSQL, and so by the machine's clock.</exception>
    public FakeTimeProvider Clock => clock ?? throw new InvalidOperationException("A module on PostgreSQL runs by the machine's clock.");

    /// <summary>Everything that the host registered: the doors, the log, the catalog.</summary>
    public IServiceProvider Services => host.Services;

    /// <summary>Starts a module on the log in memory.</summary>
    public static Task<ModuleHost> Start<TModule>()
        where TModule : IModule =>
        Start<TModule>([], new(SpecStamp.Default.Time), cmdr => cmdr.AddMemoryLog(), cmdr => cmdr.AddMemoryProjections());

    /// <summary>Starts a module on the log in memory, with settings of its own.</summary>
    /// <param name="settings">Keys such as <c>Banking:Statements</c>, and their values.</param>
    public static Task<ModuleHost> Start<TModule>(params (string Key, string Value)[] settings)
        where TModule : IModule => Start<TModule>(
            [.. settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value))],
            new(SpecStamp.Default.Time), cmdr => cmdr.AddMemoryLog(), cmdr => cmdr.AddMemoryProjections());

    /// <summary>Starts a module on PostgreSQL: the log, and the real projections.</summary>
    /// <param name="postgres">The connection string of a database of its own, such as <see cref="PostgresServer.Database"/> gives.</param>
    public static Task<ModuleHost> Start<TModule>(string postgres)
        where TModule : IModule => Start<TModule>(
            [new("ConnectionStrings:Postgres", postgres)], null, cmdr => cmdr.AddPostgres().AddPostgresLog(), cmdr => cmdr.AddProjections());

    /// <summary>Submits commands, each a command record or a <see cref="Submission"/> with an id of its own; returns when views and history show what follows.</summary>
    /// <returns>A receipt for each; a refusal is a receipt too.</returns>
    /// <exception cref="ExpectationException">A command is malformed, with every fault; or nothing came of it in time, with what health says.</exception>
    public async Task<IReadOnlyList<Receipt>> Submit(params object[] commands)
    {
        ArgumentNullException.ThrowIfNull(commands);
        var submissions = commands.Select((command, n) => (command as Submission ?? Submission.Of(command)) with { Path = $"commands[{n}]" }).ToList();
        using var patience = new CancellationTokenSource(Patience);
        var submitted = await Submit(submissions, patience.Token).ConfigureAwait(false);
        if (submitted.Faults.Count > 0) throw new ExpectationException($"Malformed: {string.Join("; ", submitted.Faults)}");
        if (submitted.Receipts.Any(receipt => receipt.TimedOut)) throw await Failed("the commands were not answered and projected").ConfigureAwait(false);
        return submitted.Receipts;
    }

    /// <summary>A view's document; null when there is none.</summary>
    public async Task<TView?> View<TView>(string id)
        where TView : class
    {
        using var patience = new CancellationTokenSource(Patience);
        var view = Services.GetRequiredService<Catalog>().Views.SingleOrDefault(view => view.ClrType == typeof(TView))
            ?? throw new ArgumentException($"No module of this host declares the view {typeof(TView).Name}.", nameof(id));
        return (TView?)await Services.GetRequiredService<IViews>().Find(view, id, patience.Token).ConfigureAwait(false);
    }

    /// <summary>Waits until a processor has handled, or parked, everything that is on <c>events</c> now.</summary>
    /// <exception cref="ExpectationException">It has not in time, with what health says.</exception>
    public Task Processed<TConsumer>()
        where TConsumer : class, IConsumer => Processed(ProcessorRegistration.GroupOf<TConsumer>());

    /// <summary>Likewise, for a processor with a group of another name than its consumer's.</summary>
    /// <exception cref="ArgumentException">The host has no such processor.</exception>
    /// <exception cref="ExpectationException">It has not in time, with what health says.</exception>
    public async Task Processed(string group)
    {
        using var patience = new CancellationTokenSource(Patience * 2);
        var end = await Services.GetRequiredService<ILog>().EndOf(Topics.Events, patience.Token).ConfigureAwait(false);
        var progress = Services.GetService<ProcessorProgress>() ?? throw new InvalidOperationException("No module of this host has a processor.");
        if (!await progress.Reach(group, end, Patience, patience.Token).ConfigureAwait(false)) throw await Failed($"{group} did not handle what is on the log").ConfigureAwait(false);
    }

    /// <summary>What processors have parked: nothing, where all went well.</summary>
    public async Task<IReadOnlyList<ParkedEvent>> Parked()
    {
        using var patience = new CancellationTokenSource(Patience);
        var page = await Services.GetRequiredService<IParked>().List(new(), new(PageRequest.MaxSize), patience.Token).ConfigureAwait(false);
        return [.. page.Items.Select(item => item.Value)];
    }

    /// <summary>The domain events of a subject, such as <c>account/a1</c>, in their order.</summary>
    public async Task<IReadOnlyList<object>> Events(string subject)
    {
        if (!Subject.TryParse(subject, out var about)) throw new ArgumentException($"'{subject}' is not a subject; write category/id.", nameof(subject));
        using var patience = new CancellationTokenSource(Patience);
        var (catalog, history) = (Services.GetRequiredService<Catalog>(), Services.GetRequiredService<IHistory>());
        var events = new List<object>();
        for (string? after = null; ;)
        {
            var page = await history.List(Topics.Events, new() { Subject = about }, new(PageRequest.MaxSize, after), patience.Token).ConfigureAwait(false);
            events.AddRange(from item in page.Items
                            let envelope = item.Value.Envelope
                            where envelope.Sequence is not null && catalog.Event(envelope.Type) is not null
                            select Codec.Decode(envelope.Data.Span, catalog.Event(envelope.Type)!.ClrType)); // not null: filtered on the line above
            if (!page.HasNext) return events;
            after = page.Items[^1].Cursor;
        }
    }

    /// <summary>Stops the host.</summary>
    public async ValueTask DisposeAsync()
    {
        await host.StopAsync().ConfigureAwait(false);
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<ModuleHost> Start<TModule>(
        IEnumerable<KeyValuePair<string, string?>> settings, FakeTimeProvider? clock, Action<CmdrBuilder> log, Action<CmdrBuilder> projections)
        where TModule : IModule
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings);
        if (clock is not null) builder.Services.AddSingleton<TimeProvider>(clock);
        builder.AddCmdr(cmdr =>
        {
            log(cmdr);
            cmdr.AddIntake().AddHandling();
            projections(cmdr);
            cmdr.Module<TModule>();
        });
        var host = builder.Build();
        try
        {
            using var patience = new CancellationTokenSource(Patience * 3);
            await host.StartAsync(patience.Token).ConfigureAwait(false);
            return new(host, clock);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private async Task<Submitted> Submit(IReadOnlyList<Submission> submissions, CancellationToken cancellationToken)
    {
        try
        {
            return await Services.GetRequiredService<IIntake>()
                .Submit(submissions, new() { Wait = Wait.Projected, Timeout = Patience }, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw await Failed("the commands were not answered and projected").ConfigureAwait(false);
        }
    }

    private async Task<ExpectationException> Failed(string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        var report = await Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(patience.Token).ConfigureAwait(false);
        var entries = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy)
            .Select(entry => $"{entry.Key}: {entry.Value.Status}, {entry.Value.Description} {entry.Value.Exception}");
        return new($"Within {Patience} {what}. Health says:{Wire.Lines("Unhealthy", string.Join('\n', entries.DefaultIfEmpty("nothing")))}");
    }
}
