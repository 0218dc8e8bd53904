using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cmdr.Graph.Tests;

/// <summary>Makes requests that are malformed each in a way of its own, the same ones for the same seed.</summary>
internal sealed class Malformed(int seed)
{
    private static readonly string[] Values = ["null", "5", "-1", "1e400", "1.5", "true", "\"\"", "\"x\"", "[]", "[1]", "{}", "{\"a\":{}}", "\"\\ud800\"", "123456789012345678901234567890", "[[[]]]"];
    private static readonly string[] Literals = ["null", "5", "-1", "1.5", "true", "\"\"", "NAME", "[]", "{}", "{a: {}}", "$missing", "\"\"\"block\"\"\"", "99999999999999999999", "[1, \"a\"]"];

    private readonly Random random = new(seed);

    /// <summary>A request: its method, its body or query string, and what the client accepts.</summary>
    internal (HttpMethod Method, byte[]? Body, string Query, string Accept, string ContentType) Next()
    {
        var accept = Pick("application/json", "application/graphql-response+json", "text/event-stream");
        return random.Next(9) switch
        {
            0 => (HttpMethod.Post, Broken(Text("{ __typename }")), "", accept, "application/json"),
            1 => (HttpMethod.Post, Encoding.UTF8.GetBytes(Envelope()), "", accept, "application/json"),
            2 => (HttpMethod.Post, Text(BrokenDocument()), "", accept, "application/json"),
            3 => (HttpMethod.Post, Text(UnknownName()), "", accept, "application/json"),
            4 => (HttpMethod.Post, Text(BadLiteral()), "", accept, "application/json"),
            5 => (HttpMethod.Post, BadVariable(), "", accept, "application/json"),
            6 => (HttpMethod.Post, Text(BadSubmit()), "", accept, "application/json"),
            7 => (HttpMethod.Get, null, BadGet(), accept, ""),
            _ => (HttpMethod.Post, Text("{ __typename }"), "", Pick("image/png", "text/plain;q=1", "nonsense"), Pick("text/plain", "application/xml", "application/json; charset=utf-16", "nonsense")),
        };
    }

    private string Pick(params string[] of) => of[random.Next(of.Length)];

    private static byte[] Text(string query) => JsonSerializer.SerializeToUtf8Bytes(new { query });

    private byte[] Broken(byte[] body)
    {
        var broken = body.ToArray();
        if (random.Next(2) == 0) return broken[..random.Next(0, broken.Length - 1)];
        broken[random.Next(broken.Length)] = (byte)random.Next(0x80, 0x100);
        return broken;
    }

    private string Envelope() => random.Next(6) switch
    {
        0 => Pick(Values[..13]) is var value && value is "{}" or "{\"a\":{}}" ? value : $"[{value}]",
        1 => $$"""{"query":{{Pick("null", "5", "true", "[]", "{}", "\"\"", "\"\\udc00\"")}}}""",
        2 => $$"""{"query":"{ __typename }","variables":{{Pick("5", "true", "[]", "\"x\"")}}}""",
        3 => $$"""{"query":"{ __typename }","operationName":{{Pick("5", "true", "[]", "\"Other\"")}}}""",
        4 => """{"query":"{ __typename }","query":"{ a: __typename }"}""",
        _ => new string('[', random.Next(65, 3000)) + new string(']', 10),
    };

    private string BrokenDocument()
    {
        const string Document = """mutation M { openAccount(input: { account: "a1", owner: "Ann", currency: "EUR" }) { id status } }""";
        return random.Next(3) switch
        {
            0 => Document[..random.Next(1, Document.LastIndexOf('}'))],
            1 => Document.Insert(Document.IndexOf('{', StringComparison.Ordinal), Pick("%", "\u0000", "{{", "))", "\"", "...", "@", "'")),
            _ => Pick("mutation", "{", "}", "query Q(", "fragment on on on { a }", "{ a(b: ) }", "\uFFFE", "{ __typename", "schema { query: Q }", "type A { b: Int }", "#only a comment"),
        };
    }

    private string UnknownName() => random.Next(9) switch
    {
        0 => $"{{ nothing{random.Next(1000)} }}",
        1 => $"mutation {{ nothing{random.Next(1000)}(input: {{}}) {{ id }} }}",
        2 => $"{{ accountBalance(id: \"a\", nothing{random.Next(1000)}: 1) {{ id }} }}",
        3 => "{ accountBalance(id: \"a\") }",
        4 => "{ accountBalance { id } }",
        5 when random.Next(2) == 0 => "{ accountBalance(id: \"\\u0000\") { id } }",
        6 when random.Next(2) == 0 => "mutation { openAccount(input: { account: \"\\ud800\", owner: \"Ann\", currency: \"EUR\" }) { id } }",
        5 => $"{{ ...F{random.Next(1000)} }}",
        6 => "query ($a: Nothing) { __typename }",
        7 => $"{{ __typename @nothing{random.Next(1000)} }}",
        _ => "{ __typename { id } }",
    };

    private string BadLiteral() => random.Next(7) switch
    {
        0 => $"mutation {{ openAccount(input: {Pick(Literals)}) {{ id }} }}",
        1 => $$"""mutation { openAccount(input: { account: {{Pick("null", "5", "true", "NAME", "[]", "{}")}}, owner: "Ann", currency: "EUR" }) { id } }""",
        2 => $$"""mutation { deposit(input: { account: "a1", amount: {{Pick("null", "0", "-1", "1e10", "1e400", "true", "NAME", "[1]", "\"5\"", "{}")}} }) { id } }""",
        3 => $$"""mutation { openAccount(input: { account: "a1", owner: "Ann", currency: "EUR", x{{random.Next(1000)}}: 1 }) { id } }""",
        4 => $$"""mutation { openAccount({{Pick("id: 5", "id: \"x\"", "wait: NEVER", "wait: \"LOGGED\"", "timeoutMs: \"5\"", "timeoutMs: -5", "timeoutMs: 5000000", "timeoutMs: null", "wait: null")}}, input: { account: "a1", owner: "Ann", currency: "EUR" }) { id } }""",
        5 => $"{{ accountBalances({Pick("first: \"1\"", "first: -1", "first: 9999", "last: 1.5", "after: 5", "notBefore: \"x\"", "notBefore: 5", "first: 1, last: 1")}) {{ nodes {{ id }} }} }}",
        _ => $"{{ events(filter: {Pick("5", "{ types: 5 }", "{ subject: \"x\" }", "{ correlationId: \"x\" }", "{ from: \"yesterday\" }", "{ nothing: 1 }", "{ types: [null] }")}) {{ nodes {{ id }} }} }}",
    };

    private byte[] BadVariable()
    {
        var (declared, use, value) = random.Next(6) switch
        {
            0 => ("$v: OpenAccountInput!", "mutation", Pick([.. Values.Except(["\"\\ud800\""])])),
            1 => ("$v: String!", "owner", Pick("null", "5", "true", "[]", "{}", "\"\\ud800\"", "\"" + new string('x', 81) + "\"")),
            2 => ("$v: Int", "first", Pick("\"1\"", "1.5", "-1", "true", "[]", "9999999999", "{}")),
            3 => ("$v: UUID", "id", Pick("\"x\"", "5", "true", "[]", "\"\\ud800\"")),
            4 => ("$v: EventFilter", "filter", Pick("5", "{\"types\":5}", "{\"subject\":\"x\"}", "{\"from\":\"x\"}", "{\"nothing\":1}", "{\"types\":[null]}", "{\"correlationId\":7}")),
            _ => ("$v: Wait!", "wait", Pick("null", "\"NEVER\"", "5", "[]", "\"logged\"")),
        };
        var document = use switch
        {
            "mutation" => $"mutation ({declared}) {{ openAccount(input: $v) {{ id }} }}",
            "owner" => $"mutation ({declared}) {{ openAccount(input: {{ account: \"a1\", owner: $v, currency: \"EUR\" }}) {{ id }} }}",
            "first" => $"query ({declared}) {{ accountBalances(first: $v) {{ nodes {{ id }} }} }}",
            "id" => $"mutation ({declared}) {{ openAccount(id: $v, input: {{ account: \"a1\", owner: \"Ann\", currency: \"EUR\" }}) {{ id }} }}",
            "filter" => $"query ({declared}) {{ events(filter: $v) {{ nodes {{ id }} }} }}",
            _ => $"mutation ({declared}) {{ openAccount(wait: $v, input: {{ account: \"a1\", owner: \"Ann\", currency: \"EUR\" }}) {{ id }} }}",
        };
        return Encoding.UTF8.GetBytes("{\"query\":" + JsonSerializer.Serialize(document) + ",\"variables\":{\"v\":" + value + "}}");
    }

    private string BadSubmit() => $"mutation {{ submit(commands: {random.Next(5) switch
    {
        0 => Pick("5", "{}", "[5]", "[null]", "null", "\"x\""),
        1 => $"[{{ type: \"nothing-{random.Next(1000)}\", data: {{}} }}]",
        2 => $"[{{ type: \"deposit\", data: {Pick("5", "null", "[]", "\"x\"", "{ account: 5 }", "{ amount: -1 }", "true")} }}]",
        3 => $$"""[{ type: "open-account", data: { account: "a1", owner: "Ann", currency: "EUR" } }, { type: "deposit", data: { account: "a1", amount: {{random.Next(-100, 0).ToString(CultureInfo.InvariantCulture)}} } }]""",
        _ => "[{ data: {} }]",
    }}) {{ id }} }}";

    private string BadGet() => random.Next(6) switch
    {
        0 => "",
        1 => "?query=",
        2 => "?query={__typename}&query={__typename}",
        3 => "?query={__typename}&variables=" + Pick("5", "[]", "{", "%22x%22", "%ff"),
        4 => "?query=" + Uri.EscapeDataString("mutation { openAccount(input: { account: \"a1\", owner: \"Ann\", currency: \"EUR\" }) { id } }"),
        _ => "?query={nothing" + random.Next(1000).ToString(CultureInfo.InvariantCulture) + "}",
    };
}
