using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Cmdr.Graph;

/// <summary>Where people reach the edge, once the server listens.</summary>
internal sealed class GraphAddress(IServer server)
{
    /// <summary>Where the edge is mapped; null until it is.</summary>
    public string? Path { get; set; }

    /// <summary>The addresses that the server bound.</summary>
    public IReadOnlyCollection<string> Bound => server.Features.Get<IServerAddressesFeature>()?.Addresses.ToArray() ?? [];

    public override string ToString() => Path is null ? "GraphQL is not mapped: call app.MapGraph()" : $"GraphQL and GraphiQL at {string.Join(" ", Bound.Select(address => address + Path))}";
}
