using System.Text;
using Cmdr.Ledger;
using Xunit;

namespace Cmdr.Intake.Tests;

public sealed class MalformedCommandTests
{
    private static Submission Generic(string type, string json, string path = "") => new(type, Encoding.UTF8.GetBytes(json)) { Path = path };

    private static async Task<IReadOnlyList<ShapeFault>> Faults(params Submission[] commands)
    {
        await using var host = await IntakeHost.Start();
        var submitted = await host.Submit(Wait.Logged, commands);
        Assert.Empty(submitted.Receipts);
        Assert.Empty(await host.Commands());
        return submitted.Faults;
    }

    [Theory]
    [InlineData("", FaultCode.NotJson)]
    [InlineData("{", FaultCode.NotJson)]
    [InlineData("{} {}", FaultCode.NotJson)]
    [InlineData("{\"account\":\"a\",}", FaultCode.NotJson)]
    [InlineData("/* */{}", FaultCode.NotJson)]
    [InlineData("\uFEFF{}", FaultCode.NotJson)]
    [InlineData("NaN", FaultCode.NotJson)]
    [InlineData("null", FaultCode.Null)]
    [InlineData("[]", FaultCode.WrongType)]
    [InlineData("{\"account\":\"a\"}", FaultCode.Missing)]
    [InlineData("{\"account\":\"\",\"amount\":1}", FaultCode.Subject)]
    [InlineData("{\"account\":\"a\\nb\",\"amount\":1}", FaultCode.Subject)]
    [InlineData("{\"account\":\"\\ud800\",\"amount\":1}", FaultCode.Format)]
    public async Task A_malformed_body_has_a_code_and_nothing_is_appended(string json, string code)
    {
        var fault = Assert.Single(await Faults(Generic("deposit", json)));
        Assert.Equal(code, fault.Code);
    }

    [Fact]
    public async Task All_faults_of_all_commands_are_told_with_their_paths()
    {
        var faults = await Faults(
            Generic("deposit", """{"account":"a1","amount":5}""", "commands[0].data"),
            Generic("deposit", """{"account":7,"amount":0,"more":1}""", "commands[1].data"),
            Generic("opne-account", "{}", "commands[2].data"),
            Generic("withdraw", """{"account":"","amount":5}""", "commands[3].data"));
        Assert.Equal(
            [
                (FaultCode.WrongType, "commands[1].data.account"), (FaultCode.OutOfRange, "commands[1].data.amount"), (FaultCode.Unknown, "commands[1].data.more"),
                (FaultCode.UnknownType, "commands[2].data"), (FaultCode.Subject, "commands[3].data.account"),
            ],
            faults.Select(fault => (fault.Code, fault.Path)));
        Assert.Contains("deposit", faults[3].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_UTF_8_is_a_fault() =>
        Assert.Equal([FaultCode.NotJson], (await Faults(new Submission("deposit", (byte[])[.. "{\"account\":\""u8, 0xC3, 0x28, .. "\",\"amount\":1}"u8]))).Select(fault => fault.Code));

    [Fact]
    public async Task A_body_that_is_too_deep_or_too_large_is_a_fault()
    {
        Assert.Equal([FaultCode.TooDeep], (await Faults(Generic("deposit", new string('[', 5000)))).Select(fault => fault.Code));
        Assert.Equal([FaultCode.TooLarge], (await Faults(Generic("deposit", new string(' ', (1024 * 1024) + 1)))).Select(fault => fault.Code));
    }

    [Fact]
    public async Task A_body_that_grows_too_large_when_it_is_written_as_everyone_writes_it_is_a_fault()
    {
        var emoji = string.Concat(Enumerable.Repeat("\U0001F600", 200_000));
        var fault = Assert.Single(await Faults(Generic("open-account", $$"""{"account":"a","owner":"o","currency":"{{emoji}}"}""")));
        Assert.Equal(FaultCode.TooLarge, fault.Code);
    }

    [Fact]
    public async Task An_id_function_that_throws_is_a_fault_and_so_is_a_constructor()
    {
        Assert.Equal(FaultCode.Subject, Assert.Single(await Faults(Generic("choose", """{"ids":[]}"""))).Code);
        var fault = Assert.Single(await Faults(Generic("even", """{"number":3}""", "data")));
        Assert.Equal(FaultCode.NotAllowed, fault.Code);
        Assert.Contains("An even number is even", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nil_id_and_an_id_that_is_too_long_are_faults()
    {
        Assert.Equal([FaultCode.NotAllowed], (await Faults(Submission.Of(new Deposit("a1", 5), Guid.Empty))).Select(fault => fault.Code));
        var fault = Assert.Single(await Faults(Submission.Of(new Deposit(new('x', 257), 5))));
        Assert.Equal((FaultCode.Subject, "account"), (fault.Code, fault.Path));
    }

    [Fact]
    public async Task A_thousand_damaged_bodies_are_faults_or_commands_and_never_exceptions()
    {
        await using var host = await IntakeHost.Start();
        var whole = Encoding.UTF8.GetBytes("""{"account":"a1","owner":"Ann","currency":"EUR"}""");
        var random = new Random(7);
        var appended = 0;
        for (var i = 0; i < 1000; i++)
        {
            var damaged = whole.ToArray();
            for (var hit = 0; hit <= i % 3; hit++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            var submitted = await host.Submit(Wait.Logged, new Submission("open-account", damaged));
            Assert.Equal(submitted.Faults.Count == 0, submitted.Receipts.Count == 1);
            Assert.All(submitted.Faults, fault => Assert.NotEmpty(fault.Message));
            appended += submitted.Receipts.Count;
        }

        Assert.Equal(appended, (await host.Commands()).Count);
        Assert.InRange(appended, 1, 999);
    }
}
