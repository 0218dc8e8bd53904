using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cmdr.Graph;

/// <summary>Keeps a host that authenticates nobody from serving other machines, unless its operator says so.</summary>
/// <remarks>Looks at what the configuration asks for before the server listens, and at what it bound for what code asked for.</remarks>
internal sealed class AnonymousGuard(CmdrSettings settings, IConfiguration configuration, GraphAddress address, IServiceProvider services) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Refuse(Configured());

    public Task StartedAsync(CancellationToken cancellationToken) => Refuse(address.Bound);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Refuse(IEnumerable<string> addresses)
    {
        if (settings.AllowAnonymous || addresses.FirstOrDefault(candidate => !IsLoopback(candidate)) is not { } open) return;
        if (services.GetService<IAuthenticationSchemeProvider>() is { } schemes && (await schemes.GetAllSchemesAsync().ConfigureAwait(false)).Any()) return;
        throw new SettingException($"{open} can be reached from other machines, and no authentication scheme is registered; add one, serve on loopback, or set Cmdr:AllowAnonymous to true.");
    }

    private IEnumerable<string> Configured()
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().ToArray();
        if (endpoints.Length > 0) return endpoints;
        if (configuration["urls"] is { Length: > 0 } urls) return urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var ports = $"{configuration["http_ports"]};{configuration["https_ports"]}".Split(';', StringSplitOptions.RemoveEmptyEntries);
        return ports.Select(port => $"http://*:{port}");
    }

    /// <summary>True for a Unix socket too, which no other machine reaches.</summary>
    private static bool IsLoopback(string address)
    {
        if (address.Contains("unix:", StringComparison.Ordinal) || address.Contains("pipe:", StringComparison.Ordinal)) return true;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri)) return false; // http://*:80 and http://+:80 listen everywhere
        return uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }
}
