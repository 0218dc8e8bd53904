using Microsoft.Extensions.DependencyInjection;
using GraphQL;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class ShapeTests
{
    private const string Read = "{ status events { json data { ... on ParcelSent { parcel lines { item count notes } speed weights due label miles ratio } ... on ParcelForgotten { _ } } } }";

    [Fact]
    public async Task Members_of_every_kind_have_their_type_with_defaults_and_descriptions()
    {
        await using var host = await GraphHost.Start<ParcelModule>();

        var printed = host.Services.GetRequiredService<GraphSchema>().Print(new() { StringComparison = StringComparison.Ordinal }).ReplaceLineEndings("\n");

        Assert.Contains("""
            input SendParcelInput {
              due: Date
              label: Base64
              lines: [LineInput!]!
              miles: Long! = 0
              parcel: ID!
              ratio: Float! = 0.5
              speed: Speed! = NEXT_DAY
              weights: JSON
            }
            """.ReplaceLineEndings("\n"), printed, StringComparison.Ordinal);
        Assert.Contains("\"What is in it.\"\n  item: String!", printed, StringComparison.Ordinal);
        Assert.Contains("\"Sends a parcel.\"\n  sendParcel(", printed, StringComparison.Ordinal);
        Assert.Contains("enum Speed {\n  NEXT_DAY\n  SLOW\n}", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Literals_and_variables_reach_the_log_as_the_codec_writes_them()
    {
        await using var host = await GraphHost.Start<ParcelModule>();

        var literal = await host.Ask($$"""mutation ($item: String!) { sendParcel(input: { parcel: 7, lines: { item: $item, notes: "old" }, speed: SLOW, weights: { a: 1 }, due: "2026-01-31", label: "AQI=" }) {{Read}} }""", new { item = "book" });
        var variable = await host.Ask($"mutation ($input: SendParcelInput!) {{ sendParcel(input: $input) {Read} }}", new
        {
            input = new { parcel = 7, lines = new { item = "book", notes = "old" }, speed = "SLOW", weights = new { a = 1 }, due = "2026-01-31", label = "AQI=" },
        });

        var e = literal.GetProperty("data").GetProperty("sendParcel").GetProperty("events")[0];
        Assert.Equal("""{"parcel":"7","lines":[{"item":"book","count":1,"notes":["old"]}],"speed":"SLOW","weights":{"a":1},"due":"2026-01-31","label":"AQI=","miles":0,"ratio":0.5}""", e.GetProperty("data").GetRawText());
        Assert.Equal("slow", e.GetProperty("json").GetProperty("speed").GetString());
        Assert.Equal(e.GetRawText(), variable.GetProperty("data").GetProperty("sendParcel").GetProperty("events")[0].GetRawText());
    }

    [Fact]
    public async Task An_enum_is_refused_with_the_names_that_GraphQL_has()
    {
        await using var host = await GraphHost.Start<ParcelModule>();

        var literal = await host.Ask("""mutation { sendParcel(input: { parcel: "p", lines: [], speed: FAST }) { id } }""");
        var quoted = await host.Ask("""mutation { sendParcel(input: { parcel: "p", lines: [{ item: "x" }], speed: "SLOW" }) { id } }""");
        var variable = await host.Ask("mutation ($input: SendParcelInput!) { sendParcel(input: $input) { id } }", new { input = new { parcel = "p", lines = new[] { new { item = "x" } }, speed = "fast" } });

        Assert.Equal(["NOT_ALLOWED input.speed", "LENGTH input.lines"], Faults(literal));
        Assert.Equal(["WRONG_TYPE input.speed"], Faults(quoted));
        Assert.Equal(["NOT_ALLOWED input.speed"], Faults(variable));
        Assert.Contains("SLOW, NEXT_DAY", variable.GetProperty("errors")[0].GetProperty("message").GetString(), StringComparison.Ordinal);

        static IEnumerable<string> Faults(System.Text.Json.JsonElement answer) => answer.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("extensions"))
            .Select(extensions => $"{extensions.GetProperty("code").GetString()} {extensions.GetProperty("field").GetString()}");
    }

    [Fact]
    public async Task A_record_without_members_is_there_with_one_field_that_says_nothing()
    {
        await using var host = await GraphHost.Start<ParcelModule>();

        var answer = await host.Ask($$"""mutation { forgetParcel(input: { parcel: "p" }) {{Read}} }""");

        Assert.Equal("""{"_":null}""", answer.GetProperty("data").GetProperty("forgetParcel").GetProperty("events")[0].GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData(typeof(ReservedModule), "Cmdr.Graph.Tests.Reserved.Receipt and the GraphQL edge itself", "rename")]
    [InlineData(typeof(TwoLinesModule), "Cmdr.Graph.Tests.Line and Cmdr.Graph.Tests.Other.Line", "rename")]
    [InlineData(typeof(SubmitModule), "the GraphQL edge itself and Cmdr.Graph.Tests.Reserved.Submit (SubmitModule)", "[Name]")]
    public async Task Names_that_clash_stop_the_start_and_both_sides_and_the_fix_are_named(Type module, string sides, string fix)
    {
        var start = typeof(GraphHost).GetMethod(nameof(GraphHost.Start), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!.MakeGenericMethod(module);

        var e = await Assert.ThrowsAsync<CatalogException>(() => (Task)start.Invoke(null, [null, null])!);

        foreach (var side in sides.Split(" and ")) Assert.Contains(side, e.Message, StringComparison.Ordinal);
        Assert.Contains(fix, e.Message, StringComparison.Ordinal);
    }
}
