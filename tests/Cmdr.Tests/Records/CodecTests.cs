using System.Text;
using System.Text.Json;
using Xunit;

namespace Cmdr.Tests.Records;

public sealed class CodecTests
{
    private static string Text(object message) => Encoding.UTF8.GetString(Codec.Encode(message));

    private static T Read<T>(string json) => (T)Codec.Decode(Encoding.UTF8.GetBytes(json), typeof(T));

    [Fact]
    public void Members_are_camelCase_enums_are_words_and_a_wrapper_is_its_member() =>
        Assert.Equal("""{"account":"a1","firstKind":"veryLarge","at":"2026-01-31T12:00:00+00:00","note":null}""",
            Text(new Sample(new("a1"), Kind.VeryLarge, new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero))));

    [Fact]
    public void What_is_written_is_read_again()
    {
        var sample = new Sample(new("\u00c5\"\\\n\U0001F600"), Kind.Small, DateTimeOffset.UnixEpoch, "x");
        Assert.Equal(sample, Codec.Decode(Codec.Encode(sample), typeof(Sample)));
    }

    [Fact]
    public void An_unknown_member_is_ignored_and_an_absent_one_has_its_default() =>
        Assert.Equal(new Sample(new("a1"), Kind.Small, default, "none"), Read<Sample>("""{"account":"a1","firstKind":"small","unknown":{"a":[1]},"note":"none"}"""));

    [Fact]
    public void The_run_time_type_is_written()
    {
        Above message = new Below("a", 1);
        Assert.Equal("""{"count":1,"name":"a"}""", Text(message));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"account\":\"a1\",\"firstKind\":1}")]
    [InlineData("{\"account\":\"a1\",\"firstKind\":\"huge\"}")]
    [InlineData("{\"account\":7}")]
    [InlineData("{\"account\":\"a1\"} x")]
    public void JSON_of_another_type_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Read<Sample>(json));

    [Fact]
    public void A_number_is_a_number_and_never_text()
    {
        Assert.Equal(0.1m, Read<Amounts>("""{"exact":0.1}""").Exact);
        Assert.ThrowsAny<JsonException>(() => Read<Amounts>("""{"exact":"0.1"}"""));
    }

    [Fact]
    public void Wrappers_are_transparent_in_lists_and_where_nullable()
    {
        var wrapped = new Wrapped([new("a"), new("b")], null, new(5));
        Assert.Equal("""{"ids":["a","b"],"maybe":null,"cents":5}""", Text(wrapped));
        var read = Read<Wrapped>(Text(wrapped));
        Assert.Equal(wrapped.Ids, read.Ids);
        Assert.Equal((wrapped.Maybe, wrapped.Cents), (read.Maybe, read.Cents));
    }

    [Fact]
    public void A_wrapper_that_refuses_its_member_throws_what_it_throws() => Assert.Throws<ArgumentException>(() => Read<Even>("3"));

    public abstract record Above(string Name);

    public sealed record Below(string Name, int Count) : Above(Name);

    public sealed record Sample(AccountId Account, Kind FirstKind, DateTimeOffset At, string? Note = null);

    public sealed record Amounts(decimal Exact);

    public sealed record Wrapped(IReadOnlyList<AccountId> Ids, AccountId? Maybe, Cents Cents);

    public readonly record struct AccountId(string Value);

    public readonly record struct Cents(long Count);

    /// <summary>Its parameter is not spelled as its member.</summary>
    public readonly record struct Even
    {
        public Even(int value) => Value = value % 2 == 0 ? value : throw new ArgumentException("An even number is even.", nameof(value));

        public int Value { get; }
    }

    public enum Kind
    {
        Small,
        VeryLarge,
    }
}
