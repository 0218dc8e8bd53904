using System.Text.Json;
using Cmdr.Ledger;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class QueryTests
{
    [Fact]
    public async Task A_view_is_found_by_id_and_null_when_there_is_none()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await host.Open("a1");
        await host.Deposit("a1", 5.5m);

        var data = (await host.Ask("""{ a: accountBalance(id: "a1") { id owner balance } b: accountBalance(id: 5) { id } depositTotal(id: "EUR") { amount } }""")).GetProperty("data");

        Assert.Equal("""{"id":"a1","owner":"Ann","balance":5.5}""", data.GetProperty("a").GetRawText());
        Assert.Equal(JsonValueKind.Null, data.GetProperty("b").ValueKind);
        Assert.Equal(5.5m, data.GetProperty("depositTotal").GetProperty("amount").GetDecimal());
    }

    [Fact]
    public async Task A_list_is_paged_forwards_and_backwards_by_cursor()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        foreach (var id in new[] { "a1", "a2", "a3", "a4", "a5" }) await host.Open(id);
        const string Ask = "query ($first: Int, $after: String, $last: Int, $before: String) { accountBalances(first: $first, after: $after, last: $last, before: $before) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

        var first = Page(await host.Ask(Ask, new { first = 2 }));
        var next = Page(await host.Ask(Ask, new { first = 2, after = first.End }));
        var last = Page(await host.Ask(Ask, new { last = 2 }));

        Assert.Equal(("a1 a2", true, false), (string.Join(" ", first.Ids), first.HasNext, first.HasPrevious));
        Assert.Equal(("a3 a4", true, true), (string.Join(" ", next.Ids), next.HasNext, next.HasPrevious));
        Assert.Equal(("a4 a5", false, true), (string.Join(" ", last.Ids), last.HasNext, last.HasPrevious));

        static (string[] Ids, bool HasNext, bool HasPrevious, string? End) Page(JsonElement answer)
        {
            var page = answer.GetProperty("data").GetProperty("accountBalances");
            var info = page.GetProperty("pageInfo");
            string[] ids = [.. page.GetProperty("edges").EnumerateArray().Select(edge => edge.GetProperty("node").GetProperty("id").GetString()!)];
            Assert.Equal(ids, page.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetString()!));
            return (ids, info.GetProperty("hasNextPage").GetBoolean(), info.GetProperty("hasPreviousPage").GetBoolean(), info.GetProperty("endCursor").GetString());
        }
    }

    [Theory]
    [InlineData("{ accountBalances(first: -1) { nodes { id } } }", "OUT_OF_RANGE first")]
    [InlineData("{ accountBalances(first: 1001) { nodes { id } } }", "OUT_OF_RANGE first")]
    [InlineData("{ accountBalances(first: 1, last: 1) { nodes { id } } }", "NOT_ALLOWED last")]
    [InlineData("""{ accountBalances(after: "nonsense") { nodes { id } } }""", "CURSOR_MALFORMED after")]
    [InlineData("""{ events(filter: { subject: "nonsense" }) { nodes { id } } }""", "FORMAT filter.subject")]
    [InlineData("""{ accountBalance(id: "a", notBefore: "parked/0/0") { id } }""", "OUT_OF_RANGE notBefore")]
    [InlineData("""{ accountBalance(id: "a", notBefore: "events/99/0") { id } }""", "OUT_OF_RANGE notBefore")]
    [InlineData("""{ accountBalance(id: "a", notBefore: "events/0/9999999") { id } }""", "NOT_REACHED notBefore")]
    public async Task What_cannot_be_asked_is_an_error_with_a_code_and_a_field(string query, string expected)
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var extensions = (await host.Ask(query)).GetProperty("errors")[0].GetProperty("extensions");

        Assert.Equal(expected, $"{extensions.GetProperty("code").GetString()} {extensions.GetProperty("field").GetString()}");
        Assert.Empty(host.Lines);
    }

    [Fact]
    public async Task Commands_and_events_are_found_by_id_and_listed_by_what_they_have_in_common()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        var id = Guid.NewGuid();
        await host.Ask("""mutation ($id: UUID) { openAccount(id: $id, input: { account: "a1", owner: "Ann", currency: "EUR" }) { id } }""", new { id });
        await host.Deposit("a1", 1);

        var data = (await host.Ask("""
            query ($id: UUID!) {
              command(id: $id, subject: "account/a1") { type data { ... on OpenAccount { owner } } }
              caused: events(filter: { causationId: $id }) { nodes { id type causationId } }
              deposits: events(filter: { types: ["deposited"], subject: "account/a1", from: "2020-01-01T00:00:00Z" }) { nodes { type } }
              commands(first: 1) { nodes { type } pageInfo { hasNextPage } }
            }
            """, new { id })).GetProperty("data");
        var caused = data.GetProperty("caused").GetProperty("nodes")[0].GetProperty("id").GetGuid();
        var e = (await host.Ask("query ($id: UUID!) { event(id: $id) { type cursor position } }", new { id = caused })).GetProperty("data").GetProperty("event");

        Assert.Equal("Ann", data.GetProperty("command").GetProperty("data").GetProperty("owner").GetString());
        Assert.Equal("deposited", data.GetProperty("deposits").GetProperty("nodes")[0].GetProperty("type").GetString());
        Assert.True(data.GetProperty("commands").GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean());
        Assert.Equal("account-opened", e.GetProperty("type").GetString());
        Assert.True(Cursor.TryParse(e.GetProperty("cursor").GetString(), out var cursor) && Position.TryParse(e.GetProperty("position").GetString(), out var position) && cursor.Includes(position));
    }

    [Fact]
    public async Task Introspection_tells_what_scalars_and_fields_mean()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        var type = (await host.Ask("""{ __type(name: "Receipt") { fields(includeDeprecated: true) { name description type { kind ofType { name } } } } }""")).GetProperty("data").GetProperty("__type");

        Assert.Contains(type.GetProperty("fields").EnumerateArray(), field => field.GetProperty("name").GetString() == "position" && field.GetProperty("description").GetString()!.Contains("notBefore", StringComparison.Ordinal));
    }
}
