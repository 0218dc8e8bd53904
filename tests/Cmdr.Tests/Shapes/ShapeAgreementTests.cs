using System.Text;
using System.Text.Json;
using CsCheck;
using Xunit;

namespace Cmdr.Tests.Shapes;

/// <summary>The shape is never more lenient than the codec, and takes all that the codec writes.</summary>
public sealed class ShapeAgreementTests
{
    private static readonly string[] Pieces =
    [
        "null", "true", "false", "0", "-0", "1", "5", "-1", "1.0", "1.5", "1e2", "1E+2", "1e-2", "255", "256", "2147483647", "2147483648", "18446744073709551615",
        "18446744073709551616", "79228162514264337593543950335", "79228162514264337593543950336", "1e400", "1e-400", "3.5e38", "0.1234567890123456789012345678901",
        "\"\"", "\"a\"", "\"1\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"deepRed\"", "\"DeepRed\"", "\"sea\"", "\"read\"", "\"read, write\"", "\"read,write\"",
        "\"0198c0de-0000-7000-8000-000000000001\"", "\"0198c0de00007000800000000000000\"", "\"2026-01-31T12:00:00Z\"", "\"2026-01-31T24:00:00Z\"",
        "\"2026-01-31T12:00:00+14:30\"", "\"2026-01-31T12:00:60Z\"", "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59.99999999Z\"", "\"2026-01-31\"",
        "\"2026-02-30\"", "\"12:30:00\"", "\"12:30\"", "\"23:59:59.9999999\"", "\"24:00:00\"", "\"-1.00:00:00\"", "\"10675199.02:48:05.4775807\"", "\"99999999.00:00:00\"",
        "\"AAAA\"", "\"AAA\"", "\"AA==\"", "\"A A=\"", "\"https://example.com/a\"", "\"https://[\"", "\"/a\"", "\"EUR\"", "\"new\"", "\"a@b\"", "[]", "{}", "[null]",
        "[1]", "[\"a\"]", "{\"a\":1}", "{\"a\":null}", "{\"a\":\"b\"}", "{\"$type\":\"x\"}", "{\"$id\":\"1\",\"$ref\":\"1\"}", "{\"amount\":1,\"currency\":\"EUR\"}",
        "[{\"article\":\"a\",\"count\":1}]", "[{\"article\":\"a\",\"count\":1,\"parts\":[{\"article\":\"b\",\"count\":2}]}]", "[{\"article\":\"a\"}]",
    ];

    private static readonly Dictionary<string, string> Fitting = new()
    {
        ["id"] = "\"o1\"", ["customer"] = "\"Ann\"", ["priority"] = "1", ["amount"] = "5", ["lines"] = "[{\"article\":\"a\",\"count\":1}]",
    };

    private static Gen<string> Bodies { get; } =
        from members in Gen.Shuffle(Shape.Of(typeof(Order)).Members.Select(member => member.Name).ToArray())
        from count in Gen.Int[0, 3]
        from values in Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[count]
        select "{" + string.Join(",", members.Take(count).Zip(values).Concat(Fitting.Where(x => !members.Take(count).Contains(x.Key)).Select(x => (x.Key, x.Value)))
            .Select(x => $"\"{x.Item1}\":{x.Item2}")) + "}";

    [Fact]
    public void What_the_shape_takes_the_codec_reads_and_what_it_then_writes_the_shape_takes() => Bodies.Sample(
        json =>
        {
            if (Shape.Of(typeof(Order)).Validate(JsonDocument.Parse(json).RootElement).Count > 0) return;
            var order = Codec.Decode(Encoding.UTF8.GetBytes(json), typeof(Order));
            var canonical = Codec.Encode(order);
            Assert.Empty(Shape.Of(typeof(Order)).Validate(JsonDocument.Parse(canonical).RootElement));
            Assert.Equal(canonical, Codec.Encode(Codec.Decode(canonical, typeof(Order))));
        },
        iter: 20_000,
        print: json => json);

    [Fact]
    public void Every_piece_in_every_member_is_taken_only_if_the_codec_reads_it()
    {
        var taken = 0;
        foreach (var member in Shape.Of(typeof(Order)).Members)
        {
            foreach (var piece in Pieces)
            {
                var json = "{" + string.Join(",", Fitting.Where(x => x.Key != member.Name).Select(x => $"\"{x.Key}\":{x.Value}").Append($"\"{member.Name}\":{piece}")) + "}";
                if (Shape.Of(typeof(Order)).Validate(JsonDocument.Parse(json).RootElement).Count > 0) continue;
                Assert.IsType<Order>(Codec.Decode(Encoding.UTF8.GetBytes(json), typeof(Order)));
                taken++;
            }
        }

        Assert.InRange(taken, 200, Pieces.Length * Shape.Of(typeof(Order)).Members.Count / 2);
    }
}
