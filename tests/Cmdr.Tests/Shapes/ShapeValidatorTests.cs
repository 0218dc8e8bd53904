using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Cmdr.Tests.Shapes;

public sealed class ShapeValidatorTests
{
    private const string Whole = """{"id":"o1","customer":"Ann","priority":1,"amount":5,"lines":[{"article":"a","count":1}]}""";

    private static IReadOnlyList<ShapeFault> Faults(string json, Type? type = null, string path = "") =>
        Shape.Of(type ?? typeof(Order)).Validate(JsonDocument.Parse(json, new() { MaxDepth = 100 }).RootElement, path);

    private static string With(string member) => Whole[..^1] + "," + member + "}";

    private static string Having(string name, string value)
    {
        var whole = System.Text.Json.Nodes.JsonNode.Parse(Whole)!.AsObject();
        whole[name] = System.Text.Json.Nodes.JsonNode.Parse(value);
        return whole.ToJsonString();
    }

    [Fact]
    public void A_whole_value_has_no_fault() => Assert.Empty(Faults(Whole));

    [Theory]
    [InlineData("customer", "null", FaultCode.Null)]
    [InlineData("customer", "7", FaultCode.WrongType)]
    [InlineData("customer", "\"12345678901\"", FaultCode.Length)]
    [InlineData("customer", "\"\\ud800\"", FaultCode.Format)]
    [InlineData("customer", "\"a\\u0000b\"", FaultCode.Format)]
    [InlineData("id", "{}", FaultCode.WrongType)]
    [InlineData("id", "null", FaultCode.Null)]
    [InlineData("priority", "0", FaultCode.OutOfRange)]
    [InlineData("priority", "6", FaultCode.OutOfRange)]
    [InlineData("priority", "1.5", FaultCode.WrongType)]
    [InlineData("priority", "1e0", FaultCode.WrongType)]
    [InlineData("priority", "2147483648", FaultCode.OutOfRange)]
    [InlineData("priority", "\"1\"", FaultCode.WrongType)]
    [InlineData("amount", "0.009", FaultCode.OutOfRange)]
    [InlineData("amount", "1000000000.01", FaultCode.OutOfRange)]
    [InlineData("amount", "1e30", FaultCode.OutOfRange)]
    [InlineData("amount", "1.00000000000000000000000000000000001", FaultCode.OutOfRange)]
    [InlineData("lines", "[]", FaultCode.Length)]
    [InlineData("lines", "{}", FaultCode.WrongType)]
    [InlineData("lines", "[null]", FaultCode.Null, "lines[0]")]
    [InlineData("lines", "[{\"article\":\"a\",\"count\":0}]", FaultCode.OutOfRange, "lines[0].count")]
    [InlineData("lines", "[{\"article\":\"a\",\"count\":1},{\"article\":\"a\"}]", FaultCode.Missing, "lines[1].count")]
    [InlineData("colour", "\"red\"", FaultCode.NotAllowed)]
    [InlineData("colour", "\"DeepRed\"", FaultCode.NotAllowed)]
    [InlineData("colour", "0", FaultCode.WrongType)]
    [InlineData("access", "\"read, erase\"", FaultCode.NotAllowed)]
    [InlineData("token", "\"x\"", FaultCode.Format)]
    [InlineData("due", "\"2026-01-31\"", FaultCode.Format)]
    [InlineData("due", "\"2026-02-31T12:00:00Z\"", FaultCode.Format)]
    [InlineData("seen", "\"2026-01-31T12:00:00+01:00\"", FaultCode.Format)]
    [InlineData("day", "\"2026-13-01\"", FaultCode.Format)]
    [InlineData("hour", "\"25:00:00\"", FaultCode.Format)]
    [InlineData("span", "\"PT5M\"", FaultCode.Format)]
    [InlineData("blob", "\"*\"", FaultCode.Format)]
    [InlineData("link", "\"not a uri\"", FaultCode.Format)]
    [InlineData("ratio", "1e400", FaultCode.OutOfRange)]
    [InlineData("small", "1e39", FaultCode.OutOfRange)]
    [InlineData("urgent", "1", FaultCode.WrongType)]
    [InlineData("tiny", "256", FaultCode.OutOfRange)]
    [InlineData("big", "-1", FaultCode.OutOfRange)]
    [InlineData("currency", "\"EU\"", FaultCode.Format)]
    [InlineData("currency", "\"EURO\"", FaultCode.Format)]
    [InlineData("currency", "\"EUR\\n\"", FaultCode.Format)]
    [InlineData("condition", "\"old\"", FaultCode.NotAllowed)]
    [InlineData("email", "\"nobody\"", FaultCode.NotAllowed)]
    [InlineData("counts", "{\"a\":null}", FaultCode.Null, "counts.a")]
    [InlineData("counts", "{\"a b\":1.5}", FaultCode.WrongType, "counts[\"a b\"]")]
    [InlineData("extra", "{\"x\":[1e999]}", FaultCode.OutOfRange, "extra.x[0]")]
    [InlineData("extra", "\"\\udc00\"", FaultCode.Format)]
    [InlineData("parent", "{}", FaultCode.Missing, "parent.id")]
    [InlineData("price", "{\"amount\":1}", FaultCode.Missing, "price.currency")]
    [InlineData("wrong", "1", FaultCode.Unknown)]
    [InlineData("Customer", "1", FaultCode.Unknown)]
    [InlineData("other", "\"x\"", FaultCode.Unknown)]
    public void A_value_that_does_not_fit_has_a_code_and_a_path(string name, string value, string code, string? path = null)
    {
        // Spliced as text: a parser would refuse or repair what is wrong here.
        var json = Whole.Contains($"\"{name}\":", StringComparison.Ordinal)
            ? "{" + string.Join(",", Members().Select(x => x.Name == name ? $"\"{name}\":{value}" : $"\"{x.Name}\":{x.Value.GetRawText()}")) + "}"
            : With($"\"{name}\":{value}");
        var fault = Faults(json)[0];
        Assert.Equal((code, path ?? name), (fault.Code, fault.Path));
        Assert.StartsWith($"'{path ?? name}' ", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("priority", "5")]
    [InlineData("amount", "1e2")]
    [InlineData("amount", "1000000000")]
    [InlineData("amount", "1.00000000000000000000000000000")]
    [InlineData("note", "null")]
    [InlineData("colour", "\"sea\"")]
    [InlineData("access", "\"read, write\"")]
    [InlineData("due", "\"2026-01-31T12:00:00.123+01:00\"")]
    [InlineData("seen", "\"2026-01-31T12:00:00Z\"")]
    [InlineData("hour", "\"12:30:00\"")]
    [InlineData("span", "\"1.02:30:00\"")]
    [InlineData("currency", "\"EUR\"")]
    [InlineData("condition", "\"used\"")]
    [InlineData("labels", "{\"a\":null}")]
    [InlineData("extra", "{\"x\":[1,null,{\"y\":\"z\"}]}")]
    [InlineData("isLarge", "true")]
    [InlineData("renamed", "\"x\"")]
    [InlineData("tags", "[\"a\"]")]
    public void A_value_that_fits_has_no_fault_and_decodes(string name, string value)
    {
        var json = Having(name, value);
        Assert.Empty(Faults(json));
        Assert.IsType<Order>(Codec.Decode(Encoding.UTF8.GetBytes(json), typeof(Order)));
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var faults = Faults("""{"customer":null,"priority":9,"extra":{"a":1,"a":2},"lines":[{"count":"x","size":1}],"nonsense":true}""", path: "commands[2].data");
        Assert.Equal(
            [
                (FaultCode.Null, "commands[2].data.customer"), (FaultCode.OutOfRange, "commands[2].data.priority"), (FaultCode.Duplicate, "commands[2].data.extra.a"),
                (FaultCode.WrongType, "commands[2].data.lines[0].count"), (FaultCode.Unknown, "commands[2].data.lines[0].size"),
                (FaultCode.Missing, "commands[2].data.lines[0].article"), (FaultCode.Unknown, "commands[2].data.nonsense"),
                (FaultCode.Missing, "commands[2].data.id"), (FaultCode.Missing, "commands[2].data.amount"),
            ],
            faults.Select(fault => (fault.Code, fault.Path)));
    }

    [Fact]
    public void A_member_that_is_there_twice_is_a_fault() =>
        Assert.Equal([FaultCode.Duplicate], Faults(With("\"priority\":2")).Select(fault => fault.Code));

    [Fact]
    public void An_escaped_name_is_the_same_member() =>
        Assert.Equal([FaultCode.Duplicate], Faults(With("\"prior\\u0069ty\":2")).Select(fault => fault.Code));

    [Fact]
    public void A_name_that_is_not_Unicode_is_a_fault() => Assert.Equal([FaultCode.Format], Faults(With("\"\\ud800\":2")).Select(fault => fault.Code));

    [Fact]
    public void Nesting_beyond_the_limit_is_a_fault_and_the_limit_is_not()
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat("[", depth)) + string.Concat(Enumerable.Repeat("]", depth));
        Assert.Empty(Faults(Nested(Shape.MaxDepth), typeof(JsonElement)));
        Assert.Equal([FaultCode.TooDeep], Faults(Nested(Shape.MaxDepth + 1), typeof(JsonElement)).Select(fault => fault.Code));
    }

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_cut_short() =>
        Assert.Equal([FaultCode.Format], Faults($$"""{"text":"{{new string('a', 40)}}!"}""", typeof(Backtracking)).Select(fault => fault.Code));

    [Fact]
    public void The_number_of_faults_is_bounded()
    {
        var json = "{" + string.Join(",", Enumerable.Range(0, 5000).Select(i => $"\"x{i.ToString(CultureInfo.InvariantCulture)}\":1")) + "}";
        Assert.Equal(Shape.MaxFaults, Faults(json).Count);
    }

    [Fact]
    public void A_sentence_names_what_is_allowed()
    {
        Assert.Equal("'priority' must be at least 1 and at most 5.", Faults(Having("priority", "6"))[0].Message);
        Assert.Equal("'colour' must be one of deepRed, sea.", Faults(Having("colour", "\"red\""))[0].Message);
        Assert.Equal("'x' is not known here; allowed are article, count, parts.", Faults("""{"article":"a","count":1,"x":1}""", typeof(Line))[0].Message);
        Assert.Equal("The value must be an object, not a list.", Faults("[]")[0].Message);
    }

    [Fact]
    public void Null_is_any_JSON_and_no_object()
    {
        Assert.Empty(Faults("""{"json":null,"maybe":null,"thing":1}""", typeof(Loose)));
        Assert.Equal([(FaultCode.Null, "thing")], Faults("""{"json":{},"maybe":{},"thing":null}""", typeof(Loose)).Select(fault => (fault.Code, fault.Path)));
    }

    private static List<JsonProperty> Members() => [.. JsonDocument.Parse(Whole).RootElement.EnumerateObject()];

    private sealed record Loose(JsonElement Json, object? Maybe, object Thing);

    private sealed record Backtracking([System.ComponentModel.DataAnnotations.RegularExpression("(a+)+")] string Text);
}
