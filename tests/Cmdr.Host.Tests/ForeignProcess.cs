using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cmdr.Ledger;
using Cmdr.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Cmdr.Host.Tests;

/// <summary>A process in another language, with an ordinary client of Kafka and the contract on the log: what the one writes, the other reads.</summary>
public sealed partial class ForeignProcess(PostgresServer postgres, NodeScripts node)
{
    private const string Subscription = "subscription { events(subject: \"sensor/s1\") { id type sequence data { ... on TemperatureMeasured { celsius } } } }";

    [Fact]
    public async Task A_client_in_Node_reads_commands_and_events_and_what_it_writes_is_in_history_in_a_subscription_and_in_a_view()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var kafka = new KafkaServer();
        var servers = await kafka.Started();
        await using var app = await Host(servers, stop);
        using var http = new HttpClient { BaseAddress = new Uri(new Uri(app.Urls.First()), "/graphql") };
        await Awaited.Until("the host is ready", async () => (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), stop)).IsSuccessStatusCode, stop);
        using var events = await Subscribe(http, stop);

        var receipt = (await Ask(http, "mutation { openAccount(input: { account: \"a1\", owner: \"Ann\", currency: \"EUR\" }) { id status } }", null, stop)).GetProperty("openAccount");
        var exchange = await node.Run("foreign.mjs", stop, servers, receipt.GetProperty("id").GetString()!); // never null
        var (command, answer) = (exchange.GetProperty("commands")[0], exchange.GetProperty("events")[0]);
        Assert.Equal("""{"owner":"Ann","currency":"EUR","account":"a1"}""", command.GetProperty("value").GetRawText());
        Assert.Equal(("account/a1", "account-opened", "1", "completed"), (answer.GetProperty("key").GetString(), Header(answer, "ce_type"), Header(answer, "ce_sequence"), Header(answer, "ce_outcome")));
        Assert.Equal((command.GetProperty("partition").GetInt32(), command.GetProperty("offset").GetString()), (answer.GetProperty("partition").GetInt32(), Header(answer, "ce_commandoffset")));

        var written = exchange.GetProperty("written");
        var (partition, position) = (written.GetProperty("partition").GetInt32(), $"events/{written.GetProperty("partition")}/{written.GetProperty("offset")}");
        Assert.Equal(Murmur2.Partition("sensor/s1"u8, 16), partition);
        var id = written.GetProperty("id").GetString();
        var shown = $$$"""{"id":"{{{id}}}","type":"temperature-measured","sequence":null,"data":{"celsius":21.5}}""";
        Assert.Contains(shown, await Next(events, stop), StringComparison.Ordinal);
        // One after the other: the view waits for the position, and history is asked when it is there.
        const string view = "query($at: Position) { sensor(id: \"s1\", notBefore: $at) { celsius measurements } }";
        Assert.Equal("""{"sensor":{"celsius":21.5,"measurements":1}}""", (await Ask(http, view, new { at = position }, stop)).GetRawText());
        const string history = "{ events(filter: { subject: \"sensor/s1\" }) { nodes { id type sequence data { ... on TemperatureMeasured { celsius } } } } }";
        Assert.Equal($$$$"""{"events":{"nodes":[{{{{shown}}}}]}}""", (await Ask(http, history, null, stop)).GetRawText());

        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), stop);
        Assert.Equal(Anonymous(Kcat().Match(readme).Groups["shown"].Value), Anonymous(Printed(command) + Printed(answer)));
    }

    private async Task<WebApplication> Host(string servers, CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = await postgres.Database(stop), ["Cmdr:Log"] = "kafka", ["Cmdr:Kafka:bootstrap.servers"] = servers,
        });
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None); // not ready yet is what it says, as long as it is not
        builder.AddCmdr(cmdr => cmdr.AddPostgres().AddKafkaLog().AddIntake().AddHandling().AddProjections().AddGraph().Module<LedgerModule>().Module<SensorModule>());
        var app = builder.Build();
        app.MapGraph();
        app.MapHealthChecks("/health/ready");
        await app.StartAsync(stop);
        return app;
    }

    /// <summary>Follows the sensor from now on; its events are the lines of data.</summary>
    private static async Task<StreamReader> Subscribe(HttpClient http, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, http.BaseAddress) { Content = JsonContent.Create(new { query = Subscription }) };
        request.Headers.Add("accept", "text/event-stream");
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        return new(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(stop), Encoding.UTF8);
    }

    private static async Task<string?> Next(StreamReader events, CancellationToken stop)
    {
        var line = await events.ReadLineAsync(stop);
        while (line is not null && !line.StartsWith("data:", StringComparison.Ordinal)) line = await events.ReadLineAsync(stop);
        return line;
    }

    private static async Task<JsonElement> Ask(HttpClient http, string query, object? variables, CancellationToken stop)
    {
        using var response = await http.PostAsJsonAsync(http.BaseAddress, new { query, variables }, stop);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(stop);
        Assert.False(answer.TryGetProperty("errors", out _), answer.GetRawText());
        return answer.GetProperty("data");
    }

    private static string? Header(JsonElement record, string name) => record.GetProperty("headers").GetProperty(name).GetString();

    /// <summary>As kcat prints it by the format that the README gives: key, headers, value, a line each.</summary>
    private static string Printed(JsonElement record) =>
        $"{record.GetProperty("key")}\n{string.Join(',', record.GetProperty("headers").EnumerateObject().Select(header => $"{header.Name}={header.Value}"))}\n{record.GetProperty("value").GetRawText()}\n\n";

    /// <summary>Without what is another each time.</summary>
    private static string Anonymous(string text) => Varying().Replace(text, "*").Trim();

    [GeneratedRegex(@"<!-- kcat -->\n```text\n(?<shown>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Kcat();

    [GeneratedRegex(@"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|\b[0-9a-f]{64}\b|(?<=traceparent=)[0-9a-f-]+|(?<=ce_commandoffset=)[0-9]+|(?<=cmdr-txposition=)[^,\n]+|(?<=cmdr-txid=)[^,\n]+")]
    private static partial Regex Varying();
}
