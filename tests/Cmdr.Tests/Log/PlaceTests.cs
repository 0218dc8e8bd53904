using System.Buffers.Text;
using System.Text;
using CsCheck;
using Xunit;

namespace Cmdr.Tests.Log;

/// <summary>Positions, subjects and cursors as text.</summary>
public sealed class PlaceTests
{
    private static readonly Cursor Cursor = new("log-1", "events", [3, 0, 9_000_000_000]);

    [Fact]
    public void A_position_round_trips() => Gen.Select(Gen.Int[0, 1023], Gen.Long[0, long.MaxValue]).Sample((partition, offset) =>
    {
        var position = new Position("events", partition, offset);
        Assert.True(Position.TryParse(position.ToString(), out var read));
        Assert.Equal(position, read);
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("events")]
    [InlineData("events/3")]
    [InlineData("/3/17")]
    [InlineData("events/3/17/1")]
    [InlineData("events/-3/17")]
    [InlineData("events/3/+17")]
    [InlineData("events/3/ 17")]
    [InlineData("events/3/99999999999999999999")]
    [InlineData("events/3/\u0661")]
    public void Other_text_is_no_position(string? text) => Assert.False(Position.TryParse(text, out _));

    [Fact]
    public void Partitions_are_ordered_by_topic_and_number() =>
        Assert.Equal(["commands/2", "commands/10", "events/1"], new TopicPartition[] { new("events", 1), new("commands", 10), new("commands", 2) }.Order().Select(x => x.ToString()));

    [Theory]
    [InlineData("account/a1", "account", "a1")]
    [InlineData("account/a/b/", "account", "a/b/")]
    [InlineData("konto/\u00c5sa \U0001F600", "konto", "\u00c5sa \U0001F600")]
    public void A_subject_round_trips(string text, string category, string id)
    {
        Assert.True(Subject.TryParse(text, out var subject));
        Assert.Equal((new(category, id), text), (subject, subject.ToString()));
        Assert.Equal(text, Encoding.UTF8.GetString(subject.Key()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("account")]
    [InlineData("account/")]
    [InlineData("/a1")]
    [InlineData("/")]
    public void Other_text_is_no_subject(string? text) => Assert.False(Subject.TryParse(text, out _));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a\nb", "control")]
    [InlineData("\u0000", "control")]
    [InlineData("\u0085", "control")]
    public void An_id_that_is_none_says_why(string id, string word) => Assert.Contains(word, Subject.FaultOf(id), StringComparison.Ordinal);

    [Fact]
    public void An_id_of_half_a_character_says_why()
    {
        // Built here: the runner writes a theory's data as well-formed text.
        Assert.Contains("Unicode", Subject.FaultOf(new string('\ud83d', 1)), StringComparison.Ordinal);
        Assert.Contains("Unicode", Subject.FaultOf("a" + '\ude00' + "b"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_may_have_256_characters_and_slashes()
    {
        Assert.Null(Subject.FaultOf(new('x', 256)));
        Assert.Null(Subject.FaultOf("a/b \U0001F600"));
        Assert.NotNull(Subject.FaultOf(new('x', 257)));
    }

    [Fact]
    public void A_cursor_round_trips()
    {
        Assert.True(Cmdr.Cursor.TryParse(Cursor.ToString(), out var read));
        Assert.Equal(Cursor, read);
        Assert.Matches("^[A-Za-z0-9_-]+$", Cursor.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("now")]
    [InlineData("events/3/17")]
    public void Other_text_is_no_cursor(string text) => Assert.False(Cmdr.Cursor.TryParse(text, out _));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"L\":\"a\",\"T\":\"events\"}")]
    [InlineData("{\"L\":\"a\",\"T\":\"events\",\"N\":[-1]}")]
    [InlineData("{\"L\":\"a\",\"T\":\"events\",\"N\":[1e99]}")]
    public void Other_JSON_is_no_cursor(string json) => Assert.False(Cmdr.Cursor.TryParse(Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json)), out _));

    [Fact]
    public void Damaged_cursors_are_refused_or_read_and_never_thrown_at() => Gen.Select(Gen.Int[0, 200], Gen.Char).Sample((at, c) =>
    {
        var text = Cursor.ToString().ToCharArray();
        text[at % text.Length] = c;
        _ = Cmdr.Cursor.TryParse(new(text), out _);
    });

    [Fact]
    public void A_cursor_moves_past_a_position_and_never_back()
    {
        var moved = Cursor.Past(new("events", 1, 5));
        Assert.Equal([3, 6, 9_000_000_000], moved.Next);
        Assert.Same(moved, moved.Past(new("events", 1, 2)));
        Assert.True(moved.Includes(new("events", 1, 5)));
        Assert.False(moved.Includes(new("events", 1, 6)));
        Assert.True(moved.Covers(Cursor));
        Assert.False(Cursor.Covers(moved));
        Assert.Throws<ArgumentException>(() => moved.Past(new("commands", 1, 5)));
    }
}
