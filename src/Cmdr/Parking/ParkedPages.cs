using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Cmdr;

/// <summary>Pages of what is parked, by group, subject and position; a cursor names an event, parked or not.</summary>
internal static class ParkedPages
{
    private const char Between = '\n'; // in no group, subject or position

    public static ParkedPage Of(IEnumerable<ParkedSubject> queues, ParkedFilter filter, PageRequest page)
    {
        var all = queues.Where(queue => (filter.Group is null || queue.Group == filter.Group) && (filter.Subject is null || queue.Subject == filter.Subject))
            .SelectMany(queue => queue.Events.Values).Select(parked => (Key: KeyOf(parked), Parked: parked)).OrderBy(item => item.Key, StringComparer.Ordinal).ToList();
        var (after, before) = (Read(page.After), Read(page.Before));
        var from = after is null ? 0 : all.Count(item => string.CompareOrdinal(item.Key, after) <= 0);
        var until = before is null ? all.Count : all.Count(item => string.CompareOrdinal(item.Key, before) < 0);
        if (page is { First: null, Last: { } last }) from = Math.Max(from, until - Bounded(last));
        else until = Math.Min(until, from + Bounded(page.First ?? PageRequest.DefaultSize));
        var items = all.Skip(from).Take(until - from).Select(item => new PageItem<ParkedEvent>(item.Parked, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(item.Key))));
        return new([.. items], until < all.Count, from > 0);
    }

    private static string KeyOf(ParkedEvent parked) => string.Create(
        CultureInfo.InvariantCulture, $"{parked.Group}{Between}{parked.Subject}{Between}{parked.Position.Partition:D6}/{parked.Position.Offset:D19}");

    private static int Bounded(int size) => Math.Clamp(size, 0, PageRequest.MaxSize);

    private static string? Read(string? cursor)
    {
        if (cursor is null) return null;
        var text = cursor.Length > 0 && Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) : "";
        return text.Split(Between).Length == 3 ? text : throw new CursorException(CursorException.Malformed, $"'{cursor}' is not a cursor of this list.");
    }
}
