using System.Diagnostics;
using System.Text.Json;
using Cmdr.Ledger;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class SubscriptionTests
{
    [Fact]
    public async Task A_subscription_from_now_sees_what_happens_next_and_nothing_before()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await host.Open("a1");

        await using var stream = await host.Subscribe("subscription { events { type subject data { ... on Deposited { amount } } } }");
        await host.Deposit("a1", 5);

        var next = (await stream.Next())!.Value.GetProperty("data").GetProperty("events");
        Assert.Equal("deposited", next.GetProperty("type").GetString());
        Assert.Equal(5, next.GetProperty("data").GetProperty("amount").GetDecimal());
    }

    [Fact]
    public async Task A_subscription_from_the_beginning_sees_history_and_goes_on_live()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await host.Open("a1");
        await host.Deposit("a1", 1);

        await using var stream = await host.Subscribe("""subscription { events(after: "beginning") { type } }""");
        Assert.Equal(["account-opened", "deposited"], await stream.Take(2, "type"));
        await host.Deposit("a1", 2);

        Assert.Equal(["deposited"], await stream.Take(1, "type"));
    }

    [Fact]
    public async Task A_subscription_goes_on_after_the_cursor_of_any_event_without_gap_or_duplicate()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        foreach (var account in Enumerable.Range(0, 20)) await host.Open($"a{account}");
        await using var first = await host.Subscribe("""subscription { events(after: "beginning") { id cursor } }""");
        List<(string? Id, string? Cursor)> seen = [];
        for (var i = 0; i < 20; i++)
        {
            var e = (await first.Next())!.Value.GetProperty("data").GetProperty("events");
            seen.Add((e.GetProperty("id").GetString(), e.GetProperty("cursor").GetString()));
        }

        await using var second = await host.Subscribe("subscription ($after: Cursor!) { events(after: $after) { id } }", new { after = seen[7].Cursor });

        Assert.Equal(seen[8..].Select(x => x.Id).Order(StringComparer.Ordinal), (await second.Take(12, "id")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Filters_select_by_type_subject_and_narrative()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await host.Open("a1");
        await host.Open("a2");
        await host.Deposit("a1", 1);
        await host.Deposit("a2", 2);
        var narrative = (await host.Ask("{ events(first: 1) { nodes { correlationId } } }")).GetProperty("data").GetProperty("events").GetProperty("nodes")[0].GetProperty("correlationId").GetString();

        await using var ofType = await host.Subscribe("""subscription { events(after: "beginning", types: ["deposited"]) { type } }""");
        await using var ofSubject = await host.Subscribe("""subscription { events(after: "beginning", subject: "account/a2") { subject } }""");
        await using var ofNarrative = await host.Subscribe("""subscription ($id: UUID) { events(after: "beginning", correlationId: $id) { type } }""", new { id = narrative });

        Assert.Equal(["deposited", "deposited"], await ofType.Take(2, "type"));
        Assert.Equal(["account/a2", "account/a2"], await ofSubject.Take(2, "subject"));
        Assert.Equal(["account-opened"], await ofNarrative.Take(1, "type"));
    }

    [Fact]
    public async Task Commands_are_followed_like_events()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await host.Open("a1");

        await using var stream = await host.Subscribe("""subscription { commands(after: "beginning") { type data { ... on OpenAccount { owner } } json cursor } }""");

        var command = (await stream.Next())!.Value.GetProperty("data").GetProperty("commands");
        Assert.Equal("Ann", command.GetProperty("data").GetProperty("owner").GetString());
        Assert.Equal("Ann", command.GetProperty("json").GetProperty("owner").GetString());
    }

    [Theory]
    [InlineData("nonsense", CursorException.Malformed)]
    [InlineData("other topic", CursorException.Malformed)]
    [InlineData("other log", CursorException.OtherLog)]
    [InlineData("past the end", CursorException.BeyondEnd)]
    public async Task A_cursor_that_cannot_be_served_is_an_error_with_a_code(string kind, string code)
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        var beginning = Cursor.Beginning(await host.Log.Describe(TestContext.Current.CancellationToken), Topics.Events);
        var after = kind switch
        {
            "other topic" => (beginning with { Topic = Topics.Commands }).ToString(),
            "other log" => (beginning with { Log = "another" }).ToString(),
            "past the end" => beginning.Past(new(Topics.Events, 3, 1000)).ToString(),
            _ => kind,
        };

        await using var stream = await host.Subscribe("subscription ($after: Cursor!) { events(after: $after) { id } }", new { after });

        var extensions = (await stream.Next())!.Value.GetProperty("errors")[0].GetProperty("extensions");
        Assert.Equal(code, extensions.GetProperty("code").GetString());
        Assert.Equal("after", extensions.GetProperty("field").GetString());
        Assert.Null(await stream.Next());
    }

    [Fact]
    public async Task Who_reads_slowly_is_caught_up_and_misses_nothing()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await using var stream = await host.Subscribe("subscription { events { position json } }");
        const int Records = 70_000; // more than the tail holds, and more bytes than the connection buffers
        for (var i = 0; i < Records / 1000; i++)
        {
            var batch = Enumerable.Range(i * 1000, 1000).Select(n => CloudEventBinding.Write(new()
            {
                Id = Guid.NewGuid(), Type = "noted", Subject = new("note", "n1"), Time = DateTimeOffset.UtcNow, Data = JsonSerializer.SerializeToUtf8Bytes(new { n }),
            }));
            await host.Log.Append(Topics.Events, [.. batch], TestContext.Current.CancellationToken);
        }

        for (var n = 0; n < Records; n++)
        {
            var e = (await stream.Next())!.Value.GetProperty("data").GetProperty("events");
            Assert.Equal(n, e.GetProperty("json").GetProperty("n").GetInt32());
        }
    }

    [Fact]
    public async Task A_foreign_event_of_a_type_that_nobody_declares_has_json_and_no_data()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await using var stream = await host.Subscribe("subscription { events { type data { __typename } json sequence } }");
        await host.Log.Append(Topics.Events, [CloudEventBinding.Write(new() { Id = Guid.NewGuid(), Type = "shipped", Subject = new("parcel", "p1"), Time = DateTimeOffset.UtcNow, Data = "{\"to\":\"Rome\"}"u8.ToArray() })], TestContext.Current.CancellationToken);

        var e = (await stream.Next())!.Value.GetProperty("data").GetProperty("events");
        Assert.Equal(JsonValueKind.Null, e.GetProperty("data").ValueKind);
        Assert.Equal("Rome", e.GetProperty("json").GetProperty("to").GetString());
    }

    [Fact]
    public async Task A_foreign_event_that_is_not_what_was_declared_is_an_error_of_its_field_alone()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await using var stream = await host.Subscribe("subscription { events { type data { ... on Deposited { amount } } } }");
        await host.Log.Append(Topics.Events, [CloudEventBinding.Write(new() { Id = Guid.NewGuid(), Type = "deposited", Subject = new("parcel", "p1"), Time = DateTimeOffset.UtcNow, Data = "{\"amount\":\"much\"}"u8.ToArray() })], TestContext.Current.CancellationToken);

        var next = (await stream.Next())!.Value;
        Assert.Equal("deposited", next.GetProperty("data").GetProperty("events").GetProperty("type").GetString());
        Assert.Equal("MALFORMED_RECORD", next.GetProperty("errors")[0].GetProperty("extensions").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Open_streams_do_not_hold_up_the_shutdown()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        await using var stream = await host.Subscribe("subscription { events { id } }");
        var began = Stopwatch.GetTimestamp();

        await host.Stop();

        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(3));
    }
}
