using System.Buffers.Text;
using System.Text;

namespace Cmdr.Testing;

/// <summary>A page of a list that is in the ordinal order of its keys; a cursor names a key and the list.</summary>
internal static class MemoryPage
{
    public static (IReadOnlyList<(string Cursor, T Value)> Items, bool HasNext, bool HasPrevious) Of<T>(
        string list, IReadOnlyList<(string Key, T Value)> all, PageRequest page)
    {
        var from = page.After is null ? 0 : all.Count(item => string.CompareOrdinal(item.Key, KeyOf(list, page.After)) <= 0);
        var until = page.Before is null ? all.Count : all.Count(item => string.CompareOrdinal(item.Key, KeyOf(list, page.Before)) < 0);
        until = Math.Max(from, until);
        if (page is { First: null, Last: { } last }) from = Math.Max(from, until - Bounded(last));
        else until = Math.Min(until, from + Bounded(page.First ?? PageRequest.DefaultSize));
        if (page is { First: not null, Last: { } end }) from = Math.Max(from, until - Bounded(end));
        var items = all.Skip(from).Take(until - from).Select(item => (Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{list}\n{item.Key}")), item.Value));
        return ([.. items], until < all.Count, from > 0);
    }

    private static int Bounded(int size) => Math.Clamp(size, 0, PageRequest.MaxSize);

    private static string KeyOf(string list, string cursor)
    {
        if (Base64Url.IsValid(cursor) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('\n', 2) is [var named, var key] && named == list) return key;
        throw new CursorException(CursorException.Malformed, $"'{cursor}' is not a cursor of this list.");
    }
}
