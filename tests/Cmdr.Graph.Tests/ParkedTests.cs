using System.Text.Json;
using Cmdr.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class ParkedTests
{
    private const string List = "query ($first: Int, $after: String, $group: String, $subject: String) { parked(first: $first, after: $after, group: $group, subject: $subject) { nodes { group subject position type id error failures } pageInfo { hasNextPage endCursor } } }";

    [Fact]
    public async Task What_is_parked_is_listed_by_group_and_subject_in_pages()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await Park(host, "mails", "account/a1", 3, "no mail");
        await Park(host, "mails", "account/a1", 4, null);
        await Park(host, "statements", "account/a2", 5, "no ink");

        var first = (await host.Ask(List, new { first = 2 })).GetProperty("data").GetProperty("parked");
        Assert.Equal(
            """[{"group":"mails","subject":"account/a1","position":"events/0/3","type":"deposited","id":null,"error":"no mail","failures":1},{"group":"mails","subject":"account/a1","position":"events/0/4","type":"deposited","id":null,"error":null,"failures":0}]""",
            first.GetProperty("nodes").GetRawText());
        Assert.True(first.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean());
        Assert.Equal(["statements"], Groups(await host.Ask(List, new { after = first.GetProperty("pageInfo").GetProperty("endCursor").GetString() })));
        Assert.Equal(["statements"], Groups(await host.Ask(List, new { group = "statements" })));
        Assert.Equal(["mails", "mails"], Groups(await host.Ask(List, new { subject = "account/a1" })));
    }

    [Fact]
    public async Task A_retry_is_a_record_that_says_who_asked()
    {
        await using var host = await GraphHost.Start<LedgerModule>(user: "olga");
        await Park(host, "mails", "account/a1", 3, "no mail");
        var answer = await host.Ask("""mutation { retryParkedEvents(group: "mails", subject: "account/a1") { position } }""");
        var text = answer.GetProperty("data").GetProperty("retryParkedEvents").GetProperty("position").GetString();
        Assert.True(Position.TryParse(text, out var position));
        var envelope = CloudEventBinding.Read((await host.Log.ReadAt([position], TestContext.Current.CancellationToken))[0]!);
        Assert.Equal(("parked-retry-requested", "olga", "account/a1"), (envelope.Type, envelope.Actor, envelope.Subject.ToString()));
        Assert.Equal("""{"group":"mails"}""", System.Text.Encoding.UTF8.GetString(envelope.Data.Span));
    }

    [Fact]
    public async Task What_is_dropped_is_listed_no_more()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await Park(host, "mails", "account/a1", 3, "no mail");
        await Park(host, "mails", "account/a1", 4, null);
        await host.Ask("""mutation { dropParkedEvents(group: "mails", subject: "account/a1", position: "events/0/3") { position } }""");
        Assert.Single(Groups(await host.Ask(List)));
        await host.Ask("""mutation { dropParkedEvents(group: "mails", subject: "account/a1") { position } }""");
        Assert.Empty(Groups(await host.Ask(List)));
    }

    [Theory]
    [InlineData("""mutation { retryParkedEvents(group: "mails", subject: "account/a2") { position } }""", "NOT_PARKED", "subject")]
    [InlineData("""mutation { retryParkedEvents(group: "males", subject: "account/a1") { position } }""", "NOT_PARKED", "subject")]
    [InlineData("""mutation { dropParkedEvents(group: "mails", subject: "account/a1", position: "events/0/9") { position } }""", "NOT_PARKED", "position")]
    [InlineData("""mutation { retryParkedEvents(group: "mails", subject: "a1") { position } }""", FaultCode.Format, "subject")]
    [InlineData("""{ parked(after: "nonsense") { nodes { group } } }""", CursorException.Malformed, "after")]
    [InlineData("""{ parked(first: -1) { nodes { group } } }""", FaultCode.OutOfRange, "first")]
    public async Task What_is_not_parked_or_malformed_is_an_error_and_nothing_is_written(string query, string code, string field)
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await Park(host, "mails", "account/a1", 3, "no mail");
        var extensions = (await host.Ask(query)).GetProperty("errors")[0].GetProperty("extensions");
        Assert.Equal((code, field), (extensions.GetProperty("code").GetString(), extensions.GetProperty("field").GetString()));
        Assert.Equal(1, await host.EndOf(Topics.Parked));
    }

    private static string?[] Groups(JsonElement answer) =>
        [.. answer.GetProperty("data").GetProperty("parked").GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("group").GetString())];

    private static Task<IReadOnlyList<Position>> Park(GraphHost host, string group, string subject, long offset, string? error)
    {
        Assert.True(Subject.TryParse(subject, out var about));
        var parked = new EventParked(group, new Position(Topics.Events, 0, offset).ToString(), "deposited", null, error);
        var record = CloudEventBinding.Write(ParkingRecords.Of(parked, about, host.Services.GetRequiredService<TimeProvider>().GetUtcNow()));
        return host.Log.Append(Topics.Parked, [record], TestContext.Current.CancellationToken);
    }
}
