using Cmdr.Ledger;
using GraphQL;
using GraphQL.Utilities;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cmdr.Graph.Tests;

public sealed class SchemaTests
{
    private static readonly string Committed = Path.Combine(AppContext.BaseDirectory, "ledger.graphql");

    [Fact]
    public async Task The_schema_of_the_bank_is_the_committed_one()
    {
        await using var host = await GraphHost.Start<LedgerModule>();
        var printed = host.Services.GetRequiredService<GraphSchema>().Print(new() { StringComparison = StringComparison.Ordinal }).ReplaceLineEndings("\n").Trim() + "\n";
        var committed = File.Exists(Committed) ? await File.ReadAllTextAsync(Committed, TestContext.Current.CancellationToken) : "";
        var printedAt = Path.Combine(AppContext.BaseDirectory, "ledger.printed.graphql");
        await File.WriteAllTextAsync(printedAt, printed, TestContext.Current.CancellationToken);
        if (printed != committed) Assert.Fail($"The schema changed:\n{LineDiff.Of(committed, printed)}If that is meant, copy {printedAt} over ledger.graphql.");
    }
}
