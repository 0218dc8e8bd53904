using System.Buffers.Text;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Cmdr;

/// <summary>How far a reader of one topic has come: a next offset per partition, and which log they are of. Opaque text outside.</summary>
/// <param name="Log">The identity of the log; a cursor of another log is rejected.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Next">Per partition, one past the last offset read; 0 when nothing was.</param>
public sealed record Cursor(string Log, string Topic, ImmutableArray<long> Next)
{
    /// <summary>The cursor before the first record.</summary>
    public static Cursor Beginning(LogDescription log, string topic)
    {
        ArgumentNullException.ThrowIfNull(log);
        return new(log.Identity, topic, [.. Enumerable.Repeat(0L, log.Partitions)]);
    }

    /// <summary>The cursor after <paramref name="position"/> too; this one when it is past that already.</summary>
    public Cursor Past(Position position)
    {
        if (position.Topic != Topic) throw new ArgumentException($"{position} is not a position on {Topic}.", nameof(position));
        return Next[position.Partition] > position.Offset ? this : this with { Next = Next.SetItem(position.Partition, position.Offset + 1) };
    }

    /// <summary>True when a reader at this cursor has read the record at <paramref name="position"/>.</summary>
    public bool Includes(Position position) => position.Topic == Topic && position.Partition < Next.Length && position.Offset < Next[position.Partition];

    /// <summary>True when this cursor is at or past <paramref name="other"/> in every partition.</summary>
    public bool Covers(Cursor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        // Followers ask for every page: no allocation here.
        for (var partition = 0; partition < Next.Length; partition++)
        {
            if (Next[partition] < other.Next[partition]) return false;
        }

        return true;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; false when it is not a cursor.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Cursor? cursor)
    {
        cursor = null;
        if (string.IsNullOrEmpty(text) || !Base64Url.IsValid(text)) return false;
        try
        {
            var wire = JsonSerializer.Deserialize<Wire>(Base64Url.DecodeFromChars(text));
            if (wire is not { L: not null, T: not null, N: not null } || wire.N.Any(next => next < 0)) return false;
            cursor = new(wire.L, wire.T, [.. wire.N]);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>URL-safe text without structure that anyone may rely on.</summary>
    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new Wire(Log, Topic, [.. Next])));

    /// <inheritdoc/>
    public bool Equals(Cursor? other) => other is not null && Log == other.Log && Topic == other.Topic && Next.SequenceEqual(other.Next);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Log, Topic, Next.Length);

    private sealed record Wire(string L, string T, long[] N);
}

/// <summary>A cursor or position that this log cannot serve.</summary>
/// <param name="code">Why, in a word that clients compare with; one of the constants.</param>
/// <param name="message">Why, as a sentence.</param>
public sealed class CursorException(string code, string message) : Exception(message)
{
    /// <summary>The text is not a cursor.</summary>
    public const string Malformed = "CURSOR_MALFORMED";

    /// <summary>The cursor is of another log: this one was recreated, or the client asks the wrong deployment.</summary>
    public const string OtherLog = "CURSOR_OTHER_LOG";

    /// <summary>The cursor is past the end: the log lost its tail.</summary>
    public const string BeyondEnd = "CURSOR_BEYOND_END";

    /// <summary>One of the constants.</summary>
    public string Code { get; } = code;
}
