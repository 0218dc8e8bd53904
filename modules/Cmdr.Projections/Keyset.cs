using System.Buffers.Text;
using System.Text.Json;

namespace Cmdr.Projections;

/// <summary>Pages of a list in the order of a key: a page begins after one item or ends before one, whatever was added meanwhile.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <typeparam name="TKey">Its key.</typeparam>
/// <param name="keyOf">The key of an item.</param>
/// <param name="parse">The key of a cursor; throws <see cref="CursorException"/>.</param>
/// <param name="range">So many items after and before the keys, from the beginning, or from the end where backward; null keys bound nothing.</param>
internal sealed class Keyset<T, TKey>(
    Func<T, TKey> keyOf, Func<string, TKey> parse, Func<TKey?, TKey?, bool, int, CancellationToken, Task<IReadOnlyList<T>>> range)
    where TKey : class
{
    /// <summary>The page that is asked for, and whether there are items around it.</summary>
    internal async Task<(IReadOnlyList<T> Items, bool HasNext, bool HasPrevious)> Page(PageRequest page, CancellationToken cancellationToken)
    {
        var after = page.After is null ? null : parse(page.After);
        var before = page.Before is null ? null : parse(page.Before);
        var backward = page is { First: null, Last: not null };
        var size = Math.Clamp((backward ? page.Last : page.First) ?? PageRequest.DefaultSize, 0, PageRequest.MaxSize);
        var found = await range(after, before, backward, size + 1, cancellationToken);
        var more = found.Count > size;
        if (backward) found = [.. found.Reverse()];
        // Nothing lies outside an end of the range that no cursor bounds.
        var earlier = after is not null && (await range(null, found.Count > 0 ? keyOf(found[0]) : before, true, 1, cancellationToken)).Count > 0;
        var later = before is not null && (await range(found.Count > 0 ? keyOf(found[^1]) : after, null, false, 1, cancellationToken)).Count > 0;
        if (backward) return ([.. found.Skip(more ? 1 : 0)], later, more || earlier);
        var items = found.Take(size).ToList();
        var cut = page.Last is { } last ? Math.Max(0, items.Count - Math.Max(0, last)) : 0;
        return (items[cut..], more || later, earlier || cut > 0);
    }
}

/// <summary>The cursors of lists: opaque outside.</summary>
internal static class ListCursor
{
    internal static string Write(params string[] parts) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(parts));

    /// <summary>The parts that were written; null when the text is no cursor.</summary>
    internal static string?[]? Parse(string cursor)
    {
        if (!Base64Url.IsValid(cursor)) return null;
        try
        {
            return JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(cursor));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static CursorException Malformed(string cursor) => new(CursorException.Malformed, $"'{cursor}' is not a cursor of this list.");
}
