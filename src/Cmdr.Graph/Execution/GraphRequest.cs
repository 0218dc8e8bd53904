using System.Text.Json;

namespace Cmdr.Graph;

/// <summary>A GraphQL request: GraphQL over HTTP, section 5.1.</summary>
/// <param name="Query">The document.</param>
/// <param name="OperationName">Which of its operations; null when it has one.</param>
/// <param name="Variables">An object; null for none.</param>
internal sealed record GraphRequest(string Query, string? OperationName, JsonElement? Variables);
