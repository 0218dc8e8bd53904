using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr.Benchmarks;

/// <summary>A GraphQL mutation over HTTP, until it is on the log.</summary>
internal sealed class MutationCell : ICell
{
    private const int Callers = 64;
    private const int Rounds = 5;

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    private static readonly byte[] Mutation = Encoding.UTF8.GetBytes(
        """{"query":"mutation($input: DepositInput!) { deposit(input: $input, wait: LOGGED) { id status } }","variables":{"input":{"account":"a1","amount":1.5}}}""");

    private static readonly byte[] Bare = """{"account":"a1","amount":1.5}"""u8.ToArray();

    public string Name => "mutation";

    public string Description => "mutations/s over HTTP with wait LOGGED, 64 connections; floor: a bare minimal-API POST that appends to the same log";

    public async Task<Result> Run(Bench bench, CancellationToken cancellationToken)
    {
        await using var app = await BenchHost.Serve(await bench.Fresh(cancellationToken), MapFloor, cancellationToken, roles: "none");
        var address = new Uri(app.Urls.First());
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Callers });
        var rounds = new List<(double, double)>();
        for (var round = 0; round <= Rounds; round++)
        {
            var bare = await Bench.Rate(Callers, Time, _ => Post(http, new(address, "/floor"), Bare, "\"status\"", cancellationToken));
            var mutation = await Bench.Rate(Callers, Time, _ => Post(http, new(address, "/graphql"), Mutation, "\"LOGGED\"", cancellationToken));
            if (round > 0) rounds.Add((mutation, bare)); // the first warms up code, caches and the server
        }

        return Result.OfRounds(Name, "requests/s", rounds);
    }

    private static void MapFloor(WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILog>();
        app.MapPost("/floor", async (Ledger.Deposit deposit, CancellationToken stop) =>
        {
            var id = Guid.CreateVersion7();
            await log.Append(Topics.Commands, [CloudEventBinding.Write(new()
            {
                Id = id, Type = "deposit", Subject = new("account", deposit.Account), Time = DateTimeOffset.UtcNow, CorrelationId = id, Data = Codec.Encode(deposit),
            })], stop);
            return Results.Json(new { id, status = "LOGGED" });
        });
    }

    private static async Task<int> Post(HttpClient http, Uri address, byte[] body, string expected, CancellationToken stop)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await http.PostAsync(address, content, stop);
        var text = await response.Content.ReadAsStringAsync(stop);
        return text.Contains(expected, StringComparison.Ordinal) && !text.Contains("errors", StringComparison.Ordinal) ? 1 : throw new InvalidOperationException(text);
    }
}
