using System.Net;
using System.Text;
using System.Text.Json;
using Cmdr.Ledger;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class HttpTests
{
    private const string Typename = """{"query":"{ __typename }"}""";

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData("application/graphql-response+json", "application/graphql-response+json")]
    [InlineData("application/json;q=0.5, application/graphql-response+json", "application/graphql-response+json")]
    [InlineData("text/event-stream", "text/event-stream")]
    public async Task The_answer_is_of_the_type_that_the_client_likes_best(string? accept, string expected)
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        using var response = await host.Send(HttpMethod.Post, Typename, accept);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("utf-8", response.Content.Headers.ContentType?.CharSet);
    }

    [Theory]
    [InlineData("""{"query":"{ nothing }"}""", "application/json", HttpStatusCode.OK, "GRAPHQL_VALIDATION_FAILED")]
    [InlineData("""{"query":"{ nothing }"}""", "application/graphql-response+json", HttpStatusCode.BadRequest, "GRAPHQL_VALIDATION_FAILED")]
    [InlineData("""{"query":"{"}""", "application/graphql-response+json", HttpStatusCode.BadRequest, "GRAPHQL_PARSE_FAILED")]
    [InlineData("""[{"query":"{ __typename }"}]""", "application/json", HttpStatusCode.BadRequest, "BAD_REQUEST")]
    [InlineData("""{"query":"{ __typename }","query":"{ __typename }"}""", "application/json", HttpStatusCode.BadRequest, "DUPLICATE")]
    [InlineData("""{"query":"query ($a: Int) { accountBalances(first: $a) { nodes { id } } }","variables":{"a":1,"a":2}}""", "application/json", HttpStatusCode.BadRequest, "DUPLICATE")]
    [InlineData("""{"query":"{ a: __typename } query B { __typename }"}""", "application/json", HttpStatusCode.OK, "GRAPHQL_VALIDATION_FAILED")]
    [InlineData("""{"query":"query A { __typename } query B { __typename }"}""", "application/json", HttpStatusCode.OK, "OPERATION_NAME")]
    [InlineData("""{"query":"{ __typename }","operationName":"C"}""", "application/json", HttpStatusCode.OK, "OPERATION_NAME")]
    [InlineData("""{"query":"subscription { events { id } }"}""", "application/json", HttpStatusCode.BadRequest, "OPERATION_NOT_SUPPORTED_HERE")]
    [InlineData("""{"query":"{ __typename }","variables":"a"}""", "application/json", HttpStatusCode.BadRequest, "WRONG_TYPE")]
    [InlineData("not json", "application/json", HttpStatusCode.BadRequest, "NOT_JSON")]
    [InlineData("{}", "application/json", HttpStatusCode.BadRequest, "MISSING")]
    public async Task A_request_that_cannot_run_says_why(string body, string accept, HttpStatusCode status, string code)
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        using var response = await host.Send(HttpMethod.Post, body, accept);

        Assert.Equal((status, code), (response.StatusCode, await Code(response)));
    }

    [Fact]
    public async Task Queries_may_come_by_GET_and_mutations_may_not()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        var mutation = Uri.EscapeDataString("""mutation { openAccount(input: { account: "a1", owner: "Ann", currency: "EUR" }) { id } }""");

        using var query = await host.Send(HttpMethod.Get, query: "?query={__typename}");
        using var refused = await host.Send(HttpMethod.Get, query: $"?query={mutation}");
        using var deleted = await host.Send(HttpMethod.Delete);

        Assert.Equal(HttpStatusCode.OK, query.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
        Assert.Equal(["POST"], refused.Content.Headers.Allow);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, deleted.StatusCode);
        Assert.Equal(0, host.Doors.Submits);
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_answered_and_the_connection_lives()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        using var large = await host.Send(HttpMethod.Post, """{"query":"{ __typename }","extensions":{"x":" """ + new string('x', 3 << 20) + "\"}}");
        using var next = await host.Send(HttpMethod.Post, Typename);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "TOO_LARGE"), (large.StatusCode, await Code(large)));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_and_other_media_types_are_refused()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        using var bytes = await host.Send(HttpMethod.Post, [.. Encoding.UTF8.GetBytes("{\"query\":\"{ __typename }"), 0xff, .. "\"}"u8]);
        using var form = await host.Send(HttpMethod.Post, Typename, contentType: "text/plain");
        using var latin = await host.Send(HttpMethod.Post, Typename, contentType: "application/json; charset=latin1");
        using var image = await host.Send(HttpMethod.Post, Typename, accept: "image/png");

        Assert.Equal((HttpStatusCode.BadRequest, "NOT_JSON"), (bytes.StatusCode, await Code(bytes)));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, form.StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, latin.StatusCode);
        Assert.Equal(HttpStatusCode.NotAcceptable, image.StatusCode);
    }

    [Fact]
    public async Task A_document_may_not_ask_for_too_much()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        var deep = "{ " + string.Concat(Enumerable.Repeat("... on Query { ", 3)) + "events { nodes { " + string.Concat(Enumerable.Repeat("data { ... on Deposited { amount } ", 20)) + new string('}', 26);
        string[] documents =
        [
            "{ " + string.Concat(Enumerable.Range(0, 60).Select(i => $"a{i}: __typename ")) + "}",
            "{ events { nodes { " + string.Concat(Enumerable.Range(0, 3000).Select(i => $"a{i}: id ")) + "} } }",
            "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
            "{ ...A } " + string.Concat(Enumerable.Range(0, 14).Select(i => $"fragment {(char)('A' + i)} on Query {{ ...{(char)('B' + i)} ...{(char)('B' + i)} }} ")) + "fragment O on Query { __typename }",
            deep,
            "{ __typename " + string.Concat(Enumerable.Repeat("@skip(if: false) ", 3000)) + "}",
            "{ accountBalance(id: " + new string('[', 40_000),
            "{ " + string.Concat(Enumerable.Range(0, 40).Select(i => $"a{i}: events(first: 1000) {{ nodes {{ id type time }} }} ")) + "}",
            new string(' ', 200_000),
        ];

        foreach (var document in documents) Assert.Equal("TOO_COMPLEX", (await host.Ask(document)).GetProperty("errors")[0].GetProperty("extensions").GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_introspection_query_of_common_tools_is_served()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        const string OfType = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }";

        var answer = await host.Ask($$"""
            query IntrospectionQuery { __schema { description queryType { name } mutationType { name } subscriptionType { name } types { ...T } directives { name isRepeatable description locations args { ...I } } } }
            fragment T on __Type { kind name description fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...I } type { {{OfType}} } isDeprecated deprecationReason }
              inputFields(includeDeprecated: true) { ...I } interfaces { {{OfType}} } enumValues(includeDeprecated: true) { name } possibleTypes { {{OfType}} } }
            fragment I on __InputValue { name description type { {{OfType}} } defaultValue isDeprecated deprecationReason }
            """);

        Assert.False(answer.TryGetProperty("errors", out var errors), errors.ToString());
    }

    private static async Task<string?> Code(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return json.RootElement.GetProperty("errors")[0].GetProperty("extensions").GetProperty("code").GetString();
    }
}
