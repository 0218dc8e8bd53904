using System.Collections.Concurrent;
using System.Text;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cmdr.Bus.Tests;

/// <summary>A host with a log in memory and what a test adds, and the means to wait for what it does.</summary>
internal sealed class LogHost : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private readonly IHost host;
    private bool started;

    private LogHost(IHost host) => this.host = host;

    public IServiceProvider Services => host.Services;

    public static LogHost Build(ILog log, Action<CmdrBuilder> configure, ConcurrentQueue<string>? lines = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        if (lines is not null) builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new LineProvider(lines));
        builder.Services.AddSingleton(log);
        builder.AddCmdr(configure);
        return new(builder.Build());
    }

    public static async Task<LogHost> Start(ILog log, Action<CmdrBuilder> configure, ConcurrentQueue<string>? lines = null)
    {
        var built = Build(log, configure, lines);
        await built.Start();
        return built;
    }

    /// <summary>A host with one endpoint whose slices go to <paramref name="handle"/>.</summary>
    public static Task<LogHost> Start(ILog log, LogGroup group, Func<Slice, CancellationToken, Task> handle, Action<ILogEndpointConfigurator>? configure = null) =>
        Start(log, cmdr => cmdr.Slices(group, handle, configure));

    public async Task Start()
    {
        await host.StartAsync(TestContext.Current.CancellationToken);
        started = true;
    }

    public Task Stop() => host.StopAsync(TestContext.Current.CancellationToken);

    public async Task<HealthReportEntry> Health(string check = "log-endpoints") =>
        (await Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries[check];

    public async Task<HealthReportEntry> HealthBecomes(HealthStatus status, string words = "", string check = "log-endpoints")
    {
        for (var began = TimeProvider.System.GetTimestamp(); ; await Task.Delay(5, TestContext.Current.CancellationToken))
        {
            var health = await Health(check);
            if (health.Status == status && (health.Description ?? "").Contains(words, StringComparison.Ordinal)) return health;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Deadline, $"Health stayed {health.Status}: {health.Description}");
        }
    }

    public static async Task Until(Func<bool> condition, Func<string>? told = null)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !condition(); await Task.Delay(5, TestContext.Current.CancellationToken))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Deadline, told?.Invoke() ?? "What was waited for did not happen.");
        }
    }

    public static async Task Until(Func<Task<bool>> condition, Func<string>? told = null)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !await condition(); await Task.Delay(5, TestContext.Current.CancellationToken))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Deadline, told?.Invoke() ?? "What was waited for did not happen.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (started) await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    private sealed class LineProvider(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception?.Message}");

        public void Dispose()
        {
        }
    }
}

/// <summary>Short ways to say what a test needs.</summary>
internal static class Words
{
    public const string In = "in";
    public const string Out = "out";

    public static LogGroup Copying(string name = "copying") => new(name, [In], PositionKeeping.WithOutputs);

    public static LogRecord Record(string key) => new(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(key), []);

    public static string Key(LoggedRecord record) => Encoding.UTF8.GetString(record.Record.Key.Span);

    public static Task Append(this ILog log, params string[] keys) => log.Append(In, [.. keys.Select(Record)], TestContext.Current.CancellationToken);

    public static async Task<IReadOnlyList<string>> Outputs(this ILog log)
    {
        var end = await log.EndOf(Out, TestContext.Current.CancellationToken);
        var positions = end.Next.SelectMany((next, partition) => Enumerable.Range(0, (int)next).Select(offset => new Position(Out, partition, offset)));
        var records = await log.ReadAt([.. positions], TestContext.Current.CancellationToken);
        return [.. records.Select(record => Key(record!)).Order(StringComparer.Ordinal)];
    }

    public static async Task HasOutputs(this ILog log, int count)
    {
        var read = 0;
        var start = Cursor.Beginning(await log.Describe(TestContext.Current.CancellationToken), Out);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(LogHost.Deadline);
        await foreach (var page in log.Read(start, deadline.Token))
        {
            read += page.Records.Count;
            if (read >= count) return;
        }
    }

    public static void Copy(Slice slice)
    {
        foreach (var record in slice.Records) slice.Append(Out, record.Record);
    }

    public static CmdrBuilder Slices(
        this CmdrBuilder cmdr, LogGroup group, Func<Slice, CancellationToken, Task> handle, Action<ILogEndpointConfigurator>? configure = null) =>
        cmdr.LogEndpoint(
            group,
            rider =>
            {
                rider.AddKeyedSingleton(group.Name, handle);
                rider.AddConsumer<SliceHandler>();
            },
            (context, endpoint) =>
            {
                configure?.Invoke(endpoint);
                endpoint.ConfigureConsumer<SliceHandler>(context);
            });
}

/// <summary>Hands each slice to the test whose group it is of.</summary>
public sealed class SliceHandler(IServiceProvider services) : IConsumer<Slice>
{
    public Task Consume(ConsumeContext<Slice> context)
    {
        var group = context.ReceiveContext.InputAddress.Segments[^1];
        return services.GetRequiredKeyedService<Func<Slice, CancellationToken, Task>>(group)(context.Message, context.CancellationToken);
    }
}
