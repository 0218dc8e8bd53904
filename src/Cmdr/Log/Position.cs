using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cmdr;

/// <summary>One partition of one topic.</summary>
/// <param name="Topic">One of <see cref="Topics"/>, or a name that a test made.</param>
/// <param name="Partition">From 0.</param>
public readonly record struct TopicPartition(string Topic, int Partition) : IComparable<TopicPartition>
{
    /// <summary>By topic, ordinally, then by partition: the order in which locks are taken.</summary>
    public int CompareTo(TopicPartition other) =>
        string.CompareOrdinal(Topic, other.Topic) is var byTopic and not 0 ? byTopic : Partition.CompareTo(other.Partition);

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator <(TopicPartition left, TopicPartition right) => left.CompareTo(right) < 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator <=(TopicPartition left, TopicPartition right) => left.CompareTo(right) <= 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator >(TopicPartition left, TopicPartition right) => left.CompareTo(right) > 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator >=(TopicPartition left, TopicPartition right) => left.CompareTo(right) >= 0;

    /// <summary><c>events/3</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Topic}/{Partition}");
}

/// <summary>Where one record is on the log.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="Offset">From 0, rising within the partition, not necessarily contiguous.</param>
public readonly record struct Position(string Topic, int Partition, long Offset)
{
    /// <summary>The partition that holds the record.</summary>
    public TopicPartition TopicPartition => new(Topic, Partition);

    /// <summary>Reads <c>events/3/17</c>; false when the text is anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Position position)
    {
        position = default;
        if (text?.Split('/') is not [{ Length: > 0 } topic, var partition, var offset]) return false;
        if (!int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out var p)) return false;
        if (!long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var o)) return false;
        position = new(topic, p, o);
        return true;
    }

    /// <summary><c>events/3/17</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Topic}/{Partition}/{Offset}");
}
