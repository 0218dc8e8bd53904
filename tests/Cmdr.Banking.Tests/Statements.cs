using Cmdr.Testing;
using Xunit;

namespace Cmdr.Banking.Tests;

public sealed class Statements : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("statements");

    [Fact]
    public async Task Each_large_deposit_has_a_line_with_the_id_of_its_event()
    {
        await using var host = await ModuleHost.Start<BankingModule>(("Banking:Statements", folder.FullName), ("Banking:LargeDeposit", "100"));
        await host.Submit(new OpenAccount("a1", "Ann", "EUR"), new Deposit("a1", 99.99m), new Deposit("a1", 100), new Deposit("a1", 250));
        await host.Processed<LargeDepositStatement>();

        Assert.Equal([("a1", 100m, "EUR"), ("a1", 250m, "EUR")], Lines().Select(line => (line.Account, line.Amount, line.Currency)));
        Assert.Equal(2, Lines().Select(line => line.Id).Distinct().Count());
        Assert.Empty(await host.Parked());
    }

    [Fact]
    public async Task A_line_that_a_power_cut_left_half_spoils_no_other()
    {
        using var statements = new StatementFolder(folder.FullName, 100);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "0003.jsonl"), "{\"id\":\"01", TestContext.Current.CancellationToken);
        await statements.Write(3, new(Guid.NewGuid(), "a1", 100, "EUR", DateTimeOffset.UnixEpoch), TestContext.Current.CancellationToken);
        Assert.Equal(2, File.ReadAllLines(Path.Combine(folder.FullName, "0003.jsonl")).Length);
    }

    [Fact]
    public async Task An_amount_that_is_none_stops_the_start() =>
        await Assert.ThrowsAsync<SettingException>(() => ModuleHost.Start<BankingModule>(("Banking:Statements", folder.FullName), ("Banking:LargeDeposit", "lots")));

    public void Dispose() => folder.Delete(recursive: true);

    private IEnumerable<StatementLine> Lines() => folder.EnumerateFiles().OrderBy(file => file.Name).SelectMany(file => File.ReadAllLines(file.FullName))
        .Select(line => (StatementLine)Codec.Decode(System.Text.Encoding.UTF8.GetBytes(line), typeof(StatementLine)));
}
