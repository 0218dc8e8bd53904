using System.Text.Json;

namespace Cmdr.Graph;

/// <summary>What resolvers and validator know of the request besides the document. The library carries it as its user context, hence a dictionary.</summary>
internal sealed class GraphCall : Dictionary<string, object?>
{
    /// <summary>The validated document.</summary>
    internal required ValidatedDocument Document { get; init; }

    /// <summary>The variables as they came; null for none.</summary>
    internal JsonElement? Variables { get; init; }

    /// <summary>Who asks, as authenticated; null when anonymous.</summary>
    internal string? Actor { get; init; }
}
