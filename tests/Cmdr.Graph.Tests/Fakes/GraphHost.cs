using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cmdr.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cmdr.Graph.Tests;

/// <summary>A host that serves GraphQL over fake doors, on a port of its own on loopback.</summary>
internal sealed class GraphHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private GraphHost(WebApplication app, LogLines lines)
    {
        this.app = app;
        Lines = lines;
        Doors = app.Services.GetRequiredService<FakeDoors>();
        Log = app.Services.GetRequiredService<ILog>();
        Address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/graphql"); // started, so it has one
        Client = new() { BaseAddress = Address };
    }

    internal FakeDoors Doors { get; }

    internal ILog Log { get; }

    internal HttpClient Client { get; }

    internal Uri Address { get; }

    /// <summary>What the host logged at Warning or above.</summary>
    internal LogLines Lines { get; }

    internal IServiceProvider Services => app.Services;

    internal static async Task<GraphHost> Start<TModule>(Action<IServiceCollection>? configure = null, string? user = null)
        where TModule : IModule
    {
        var builder = WebApplication.CreateSlimBuilder();
        var lines = new LogLines();
        builder.Logging.ClearProviders().AddProvider(lines);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddCmdr(cmdr => cmdr.AddMemoryLog().AddGraph().Module<TModule>());
        builder.Services.AddSingleton<FakeDoors>();
        builder.Services.AddSingleton<IIntake>(x => x.GetRequiredService<FakeDoors>());
        builder.Services.AddSingleton<IViews>(x => x.GetRequiredService<FakeDoors>());
        builder.Services.AddSingleton<IHistory>(x => x.GetRequiredService<FakeDoors>());
        foreach (var topic in new[] { Topics.Commands, Topics.Events })
        {
            builder.Services.AddKeyedSingleton(topic, (provider, _) => new LogTail(provider.GetRequiredService<ILog>(), topic));
        }

        configure?.Invoke(builder.Services);
        var app = builder.Build();
        if (user is not null)
        {
            app.Use((context, next) =>
            {
                context.User = new(new System.Security.Claims.ClaimsIdentity([new(System.Security.Claims.ClaimTypes.Name, user)], "test"));
                return next(context);
            });
        }

        app.MapGraph();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app, lines);
    }

    /// <summary>Posts a document and gives the answer's JSON.</summary>
    internal async Task<JsonElement> Ask(string query, object? variables = null)
    {
        using var response = await Client.PostAsJsonAsync((Uri?)null, new { query, variables }, TestContext.Current.CancellationToken);
        return await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    internal Task<HttpResponseMessage> Send(HttpMethod method, string? body = null, string? accept = null, string contentType = "application/json", string query = "") =>
        Send(method, body is null ? null : Encoding.UTF8.GetBytes(body), accept, contentType, query);

    internal async Task<HttpResponseMessage> Send(HttpMethod method, byte[]? body, string? accept = null, string contentType = "application/json", string query = "")
    {
        using var request = new HttpRequestMessage(method, new Uri(Address + query));
        if (accept is not null) request.Headers.TryAddWithoutValidation("accept", accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }


    internal Task Stop() => app.StopAsync(TestContext.Current.CancellationToken);

    internal Task Open(string account) => Submit(new OpenAccount(account, "Ann", "EUR"));

    internal Task Deposit(string account, decimal amount) => Submit(new Deposit(account, amount));

    /// <summary>Subscribes over an event stream; returns once the host has answered, so that whatever follows is seen.</summary>
    internal async Task<EventStream> Subscribe(string query, object? variables = null)
    {
        var response = await Send(HttpMethod.Post, JsonSerializer.Serialize(new { query, variables }), "text/event-stream");
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    private Task<Submitted> Submit(object command) => Doors.Submit([Submission.Of(command)], new(), TestContext.Current.CancellationToken);

    internal async Task<long> EndOf(string topic) => (await Log.EndOf(topic, TestContext.Current.CancellationToken)).Next.Sum();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }
}

/// <summary>Keeps what a host logs at Warning or above.</summary>
internal sealed class LogLines : ConcurrentQueue<string>, ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
    }

    public void Dispose() => GC.SuppressFinalize(this);
}
