using System.Text;
using System.Text.Json;
using Cmdr.Ledger;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class MalformedTests
{
    [Fact]
    public async Task A_thousand_malformed_requests_are_each_told_why_and_leave_no_trace()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        var malformed = new Malformed(seed: 4);

        for (var i = 0; i < 1000; i++)
        {
            var (method, body, query, accept, contentType) = malformed.Next();
            using var response = await host.Send(method, body, accept, contentType, query);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var what = $"request {i}: {method} {query} {(body is null ? "" : Encoding.UTF8.GetString(body))} ({accept}, {contentType}) gave {(int)response.StatusCode} {text}";

            Assert.True((int)response.StatusCode < 500, what);
            Assert.True(Told(text), what);
        }

        Assert.Equal(0, await host.EndOf(Topics.Commands));
        Assert.Empty(host.Lines);
    }

    /// <summary>True when each error has a message, a code, and a place: a path, a field or a location, or is about the request as a whole.</summary>
    private static bool Told(string text)
    {
        var json = text.StartsWith("event: next", StringComparison.Ordinal) ? text.Split('\n')[1]["data: ".Length..] : text;
        using var answer = JsonDocument.Parse(json);
        return answer.RootElement.TryGetProperty("errors", out var errors) && errors.GetArrayLength() > 0 && errors.EnumerateArray().All(error =>
        {
            var extensions = error.GetProperty("extensions");
            var code = extensions.GetProperty("code").GetString();
            var hasPlace = error.TryGetProperty("path", out _) || error.TryGetProperty("locations", out _) || extensions.TryGetProperty("field", out _);
            return error.GetProperty("message").GetString()!.Length > 10 && code != ErrorCode.Internal && (hasPlace || code is FaultCode.NotJson or FaultCode.Duplicate or ErrorCode.BadRequest);
        });
    }
}
