using System.Text.Json;
using Xunit;

namespace Cmdr.Graph.Tests;

/// <summary>Reads a response as server-sent events.</summary>
internal sealed class EventStream(HttpResponseMessage response, Stream body) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly StreamReader reader = new(body);

    internal HttpResponseMessage Response => response;

    /// <summary>The comments that came so far.</summary>
    internal List<string> Comments { get; } = [];

    /// <summary>The data of the next event named <c>next</c>; null when the stream completed or ended.</summary>
    internal async Task<JsonElement?> Next()
    {
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith(':')) Comments.Add(line);
            if (line == "event: complete") return null;
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return JsonElement.Parse(line["data: ".Length..]);
        }

        return null;
    }

    /// <summary>One member of the next results' only field.</summary>
    internal async Task<List<string?>> Take(int count, string member)
    {
        List<string?> values = [];
        while (values.Count < count && await Next() is { } next) values.Add(next.GetProperty("data").EnumerateObject().First().Value.GetProperty(member).ToString());
        return values;
    }

    /// <summary>Reads to a comment.</summary>
    internal async Task<string> Comment()
    {
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith(':')) return line;
        }

        throw new EndOfStreamException("The stream ended without a comment.");
    }

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}
