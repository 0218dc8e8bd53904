using System.Text.Json;
using Cmdr.Testing;
using Npgsql;

namespace Cmdr.Host.Tests;

/// <summary>The log is the only truth: everything else is dropped, and comes back the same to the byte.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class Truth(PostgresServer server)
{
    private static readonly string[] Queries =
    [
        "{ accountBalance(id: \"a1\") { id owner balance } depositTotal(id: \"EUR\") { id amount } }",
        "{ accountBalances(first: 50) { edges { cursor node { id owner balance } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
        "{ accountBalances(last: 2) { edges { cursor node { id owner balance } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
        "{ events(first: 100) { edges { cursor node { id type subject sequence time actor correlationId causationId position cursor json } } } }",
        "{ events(filter: { subject: \"account/a1\" }) { nodes { type sequence data { __typename } } } }",
        "{ commands(first: 100) { edges { cursor node { id type subject time position json } } } }",
    ];

    public static TheoryData<string> Logs => [.. Deployment.Logs];

    [Theory, MemberData(nameof(Logs))]
    public async Task Every_answer_is_the_same_to_the_byte_after_all_but_the_log_was_dropped(string log)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var deployment = await Deployment.Start(log, server, stop);
        string[] before, after;
        Guid command;
        await using (var host = await HostProcess.Start(stop, deployment.Settings))
        {
            command = await Happen(host, stop);
            before = await Answers(host, command, stop);
        }

        await DropAllButTheLog(deployment.Database, stop);
        await using (var host = await HostProcess.Start(stop, deployment.Settings))
        {
            await host.Ready(stop);
            after = await Answers(host, command, stop);
        }

        Assert.All(before, answer => Assert.DoesNotContain("\"errors\"", answer, StringComparison.Ordinal));
        Assert.Contains("\"balance\":5", before[0], StringComparison.Ordinal);
        Assert.Equal(before, after);
    }

    private static async Task<Guid> Happen(HostProcess host, CancellationToken stop)
    {
        const string submit = "mutation($c: [CommandInput!]!) { submit(commands: $c, wait: PROJECTED) { id status } }";
        object[] commands =
        [
            .. Enumerable.Range(1, 5).Select(n => (object)new { type = "open-account", data = new { account = $"a{n}", owner = $"Ann {n}", currency = "EUR" } }),
            new { type = "deposit", data = new { account = "a1", amount = 5.00m } },
            new { type = "withdraw", data = new { account = "a1", amount = 6 } },
            new { type = "deposit", data = new { account = "a2", amount = 0.1m } },
        ];
        var receipts = await host.Data(submit, new { c = commands }, stop);
        return receipts.GetProperty("submit")[5].GetProperty("id").GetGuid();
    }

    private static async Task<string[]> Answers(HostProcess host, Guid command, CancellationToken stop)
    {
        var answers = new List<string>();
        foreach (var query in Queries) answers.Add(await host.Ask(query, null, stop));
        answers.Add(await host.Ask("query($id: UUID!) { command(id: $id) { id type subject time position json } }", new { id = command }, stop));
        var first = JsonDocument.Parse(answers[3]).RootElement.GetProperty("data").GetProperty("events").GetProperty("edges")[0].GetProperty("node").GetProperty("id").GetGuid();
        answers.Add(await host.Ask("query($id: UUID!) { event(id: $id) { id type subject sequence time position json } }", new { id = first }, stop));
        return [.. answers];
    }

    private static async Task DropAllButTheLog(string database, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(database);
        var schemas = new List<string>();
        await using (var reader = await source.CreateCommand(
            "select nspname from pg_namespace where nspname not like 'pg\\_%' and nspname not in ('information_schema', 'public', 'cmdr_log')").ExecuteReaderAsync(stop))
        {
            while (await reader.ReadAsync(stop)) schemas.Add(reader.GetString(0));
        }

        Assert.NotEmpty(schemas);
        foreach (var schema in schemas) await source.CreateCommand($"drop schema \"{schema}\" cascade").ExecuteNonQueryAsync(stop);
    }
}
