using System.Collections.Concurrent;
using System.Diagnostics;
using Cmdr.Ledger;
using Microsoft.Playwright;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class GraphiQLTests
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly string[] Quiet =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    [Fact]
    public async Task GraphiQL_in_a_browser_queries_mutates_and_subscribes_without_any_outside_request()
    {
        Assert.True(File.Exists(Chromium), $"This test drives a browser and finds none at {Chromium}: install the package chromium.");
        await using var host = await GraphHost.Start<LedgerModule>();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = Quiet, Headless = true });
        var page = await browser.NewPageAsync();
        var (outside, problems) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(host.Address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) outside.Enqueue(request.Url);
        };
        page.Console += (_, message) =>
        {
            if (message.Type == "error") problems.Enqueue(message.Text);
        };
        page.PageError += (_, error) => problems.Enqueue(error);

        await page.GotoAsync(host.Address.ToString());
        await Run(page, """mutation { openAccount(input: { account: "a1", owner: "Ann", currency: "EUR" }) { status } }""", "COMPLETED");
        await Run(page, """{ accountBalance(id: "a1") { owner balance } }""", "\"owner\": \"Ann\"");
        await Run(page, """subscription { events(after: "beginning") { type sequence json } }""", "account-opened");
        await host.Deposit("a1", 5);
        await Sees(page, "deposited");
        await page.GetByLabel("Open settings dialog").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).WaitForAsync();

        Assert.Empty(outside);
        Assert.Empty(problems);
    }

    [Fact]
    public async Task The_page_and_its_files_forbid_every_source_but_the_host()
    {
        await using var host = await GraphHost.Start<LedgerModule>();

        using var page = await host.Send(HttpMethod.Get, accept: "text/html,application/xhtml+xml,*/*;q=0.8");
        using var file = await host.Client.GetAsync(new Uri(host.Address + "/graphiql/page.js"), TestContext.Current.CancellationToken);
        using var missing = await host.Client.GetAsync(new Uri(host.Address + "/graphiql/nothing.js"), TestContext.Current.CancellationToken);

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("default-src 'none'; script-src 'self';", page.Headers.GetValues("content-security-policy").Single(), StringComparison.Ordinal);
        Assert.Equal("text/javascript", file.Content.Headers.ContentType?.MediaType);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.StatusCode);
    }

    private static async Task Run(IPage page, string document, string expected)
    {
        await page.Locator(".graphiql-query-editor .CodeMirror").WaitForAsync();
        await page.EvaluateAsync("text => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(text)", document);
        await page.Locator(".graphiql-execute-button").ClickAsync();
        await Sees(page, expected);
    }

    private static async Task Sees(IPage page, string expected)
    {
        // Asked from here, again and again: the page's policy forbids the script by which the browser would wait.
        var result = "";
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15);)
        {
            result = await page.EvaluateAsync<string?>("() => document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()") ?? "";
            if (result.Contains(expected, StringComparison.Ordinal)) return;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"The result shows no '{expected}' but: {result}");
    }
}
