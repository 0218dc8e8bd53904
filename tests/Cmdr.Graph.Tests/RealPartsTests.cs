using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cmdr.Ledger;
using Cmdr.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Cmdr.Graph.Tests;

/// <summary>The edge over the real doors: log, Intake, Handling and Projections on PostgreSQL.</summary>
public sealed class RealPartsTests(PostgresServer server)
{
    [Fact]
    public async Task A_command_goes_in_by_GraphQL_and_comes_out_as_event_view_and_subscription()
    {
        var lines = new LogLines();
        await using var app = await Start(lines);
        using var http = Client(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, http.BaseAddress) { Content = JsonContent.Create(new { query = """subscription { events(after: "beginning", subject: "account/a1") { type sequence cursor } }""" }) };
        request.Headers.Add("accept", "text/event-stream");
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var stream = new EventStream(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        var answer = await Ask(http, """
            mutation {
              open: openAccount(input: { account: "a1", owner: "Ann", currency: "EUR" }) { status }
              put: deposit(input: { account: "a1", amount: 5 }, wait: PROJECTED) { status projected position events { type sequence } }
              take: withdraw(input: { account: "a1", amount: 6 }) { status refusal { code } }
            }
            """);
        var receipts = answer.GetProperty("data");
        var view = await Ask(http, "query ($at: Position) { accountBalance(id: \"a1\", notBefore: $at) { owner balance } events(filter: { subject: \"account/a1\" }) { nodes { type data { ... on Deposited { amount } } } } }", new { at = receipts.GetProperty("put").GetProperty("position") });

        Assert.True(receipts.GetProperty("put").GetProperty("projected").GetBoolean());
        Assert.Equal(2, receipts.GetProperty("put").GetProperty("events")[0].GetProperty("sequence").GetInt64());
        Assert.Equal("insufficient-funds", receipts.GetProperty("take").GetProperty("refusal").GetProperty("code").GetString());
        Assert.Equal("""{"owner":"Ann","balance":5}""", view.GetProperty("data").GetProperty("accountBalance").GetRawText());
        Assert.Equal(["account-opened", "deposited", "command-refused"], await stream.Take(3, "type"));
        Assert.Empty(lines);
    }

    [Fact]
    public async Task The_real_doors_too_tell_a_thousand_malformed_requests_why_and_log_nothing()
    {
        var lines = new LogLines();
        await using var app = await Start(lines);
        using var http = Client(app);
        var malformed = new Malformed(seed: 5);

        for (var i = 0; i < 1000; i++)
        {
            var (method, body, query, accept, contentType) = malformed.Next();
            using var request = new HttpRequestMessage(method, new Uri(http.BaseAddress + query));
            request.Headers.TryAddWithoutValidation("accept", accept);
            if (body is not null) request.Content = new ByteArrayContent(body);
            request.Content?.Headers.TryAddWithoutValidation("content-type", contentType);
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

            Assert.True((int)response.StatusCode < 500 && text.Contains("\"code\":", StringComparison.Ordinal), $"{i}: {(body is null ? query : Encoding.UTF8.GetString(body))} gave {(int)response.StatusCode} {text}");
        }

        var commands = (await Ask(http, "{ commands { nodes { id } } }")).GetProperty("data").GetProperty("commands").GetProperty("nodes");
        Assert.Equal(0, commands.GetArrayLength());
        Assert.Empty(lines);
    }

    private async Task<WebApplication> Start(LogLines lines)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = await server.Database(TestContext.Current.CancellationToken) });
        builder.Logging.ClearProviders().AddProvider(lines);
        builder.AddCmdr(cmdr => cmdr.AddPostgres().AddPostgresLog().AddIntake().AddHandling().AddProjections().AddGraph().Module<LedgerModule>());
        var app = builder.Build();
        app.MapGraph();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static HttpClient Client(WebApplication app) => new() { BaseAddress = new(app.Urls.First() + "/graphql") };

    private static async Task<JsonElement> Ask(HttpClient http, string query, object? variables = null)
    {
        using var response = await http.PostAsJsonAsync((Uri?)null, new { query, variables }, TestContext.Current.CancellationToken);
        return await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }
}
