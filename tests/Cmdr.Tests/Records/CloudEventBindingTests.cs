using System.Text;
using CsCheck;
using Xunit;

namespace Cmdr.Tests.Records;

public sealed class CloudEventBindingTests
{
    private static readonly Envelope Plain = new()
    {
        Id = new("0192f3c1-0000-7000-8000-0000000000ab"), Type = "added", Subject = new("tally", "a/1"), Time = DateTimeOffset.UnixEpoch, Data = "{}"u8.ToArray(),
    };

    [Fact]
    public void What_is_written_is_read_back_as_it_was() =>
        Gen.Select(Gen.Guid.Where(id => id != Guid.Empty), Gen.Long[1, DateTime.MaxValue.Ticks], Gen.Long[0, long.MaxValue], Gen.String, Gen.Enum<Outcome>(), Gen.Bool).Sample((id, ticks, number, text, outcome, isFull) =>
        {
            var wellFormed = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            var time = new DateTimeOffset(ticks, TimeSpan.Zero);
            var envelope = Plain with { Id = id, Time = time };
            if (isFull)
            {
                envelope = envelope with
                {
                    Source = "/shop", CorrelationId = id, CausationId = id, Actor = wellFormed, Sequence = number, CommandOffset = number, CommandHash = wellFormed,
                    ExpectedSequence = number, Outcome = outcome, Saga = wellFormed, NotBefore = time, DataSchema = wellFormed, TraceParent = wellFormed, TraceState = wellFormed,
                };
            }

            return CloudEventBinding.TryRead(CloudEventBinding.Write(envelope), out var read, out _) && read == envelope;
        });

    [Theory]
    [InlineData("2026-01-02T12:00:00Z")]
    [InlineData("2026-01-02T12:00:00.000Z")]
    [InlineData("2026-01-02T14:00:00+02:00")]
    [InlineData("2026-01-02T14:00:00.0000000+02:00")]
    public void The_times_of_foreign_processes_are_read_as_UTC(string text)
    {
        Assert.True(CloudEventBinding.TryRead(With("ce_time", text), out var envelope, out _));

        Assert.Equal(new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero), envelope.Time);
        Assert.Equal(TimeSpan.Zero, envelope.Time.Offset);
    }

    [Fact]
    public void A_time_is_written_with_every_digit_as_RFC_3339_has_it() => Assert.Equal(
        "1970-01-01T00:00:00.0000000Z", Encoding.UTF8.GetString(CloudEventBinding.Write(Plain).Headers.Single(header => header.Name == "ce_time").Value.Span));

    [Theory]
    [InlineData("ce_time", "noon", "its ce_time is malformed")]
    [InlineData("ce_time", "2026-13-02T12:00:00.0000000Z", "its ce_time is malformed")]
    [InlineData("ce_id", "7", "its ce_id is malformed")]
    [InlineData("ce_id", "0192f3c1-0000-7000-8000-0000000000ab!", "its ce_id is malformed")]
    [InlineData("ce_id", "0192f3c1000070008000000000000000000a", "its ce_id is malformed")]
    [InlineData("ce_sequence", "-1", "its ce_sequence is malformed")]
    [InlineData("ce_outcome", "perhaps", "its ce_outcome is malformed")]
    [InlineData("ce_outcome", "Completed", "its ce_outcome is malformed")]
    [InlineData("ce_id", "{0192f3c1-0000-7000-8000-0000000000ab}", "its ce_id is malformed")]
    [InlineData("ce_id", "00000000-0000-0000-0000-000000000000", "it has no ce_id")]
    [InlineData("ce_type", "", "it has no ce_type")]
    [InlineData("ce_sequence", "1.0", "its ce_sequence is malformed")]
    [InlineData("ce_sequence", "99999999999999999999", "its ce_sequence is malformed")]
    [InlineData("ce_commandoffset", "x", "its ce_commandoffset is malformed")]
    [InlineData("ce_expectedsequence", "", "its ce_expectedsequence is malformed")]
    [InlineData("ce_correlationid", "x", "its ce_correlationid is malformed")]
    [InlineData("ce_causationid", "x", "its ce_causationid is malformed")]
    [InlineData("ce_notbefore", "soon", "its ce_notbefore is malformed")]
    public void What_is_malformed_is_named(string header, string value, string fault)
    {
        Assert.False(CloudEventBinding.TryRead(With(header, value), out _, out var told));

        Assert.Equal(fault, told);
    }

    [Fact]
    public void A_key_that_is_no_subject_is_named()
    {
        Assert.False(CloudEventBinding.TryRead(CloudEventBinding.Write(Plain) with { Key = new byte[] { 0xff, 0x2f, 0x61 } }, out _, out var told));

        Assert.Equal("its key is not a subject", told);
    }

    [Fact]
    public void What_is_null_has_no_header() => Assert.Equal(
        ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type"], CloudEventBinding.Write(Plain).Headers.Select(header => header.Name));

    [Theory]
    [InlineData("ce_id")]
    [InlineData("ce_type")]
    [InlineData("ce_time")]
    public void What_is_missing_is_named(string header)
    {
        var record = CloudEventBinding.Write(Plain);
        Assert.False(CloudEventBinding.TryRead(record with { Headers = [.. record.Headers.Where(other => other.Name != header)] }, out var envelope, out var told));
        Assert.Null(envelope);
        Assert.Equal($"it has no {header}", told);
    }

    [Fact]
    public void An_unknown_header_is_no_fault()
    {
        var record = CloudEventBinding.Write(Plain);
        Assert.True(CloudEventBinding.TryRead(record with { Headers = [.. record.Headers, new("x-other", new byte[] { 0xff })] }, out _, out _));
    }

    [Fact]
    public void Reading_what_must_be_readable_names_the_position()
    {
        var logged = new LoggedRecord(new("events", 3, 17), With("ce_id", "x"));
        Assert.Contains("events/3/17", Assert.Throws<FormatException>(() => CloudEventBinding.Read(logged)).Message, StringComparison.Ordinal);
    }

    private static LogRecord With(string header, string value)
    {
        var record = CloudEventBinding.Write(Plain);
        return record with { Headers = [.. record.Headers.Where(other => other.Name != header), new(header, Encoding.UTF8.GetBytes(value))] };
    }
}
