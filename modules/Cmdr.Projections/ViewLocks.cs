using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Cmdr.Projections;

/// <summary>
/// The advisory locks of a slice, in one order for all hosts: per view its own key, shared, then those of its documents. Rows would do where there are rows;
/// these also order two slices that both create a document.
/// </summary>
internal sealed class ViewLocks
{
    /// <summary>With more keys the view alone is locked: PostgreSQL keeps locks in a shared table of a fixed size.</summary>
    private const int MostKeys = 100;

    private readonly SortedDictionary<string, IReadOnlyCollection<string>> views = new(StringComparer.Ordinal);

    internal void Add(string view, IReadOnlyCollection<string> keys)
    {
        if (keys.Count > 0) views.Add(view, keys);
    }

    internal (long[] Keys, bool[] Shared) InOrder()
    {
        var locks = views.SelectMany(view => view.Value.Count > MostKeys
            ? [(Hash(view.Key, ""), false)]
            : view.Value.Select(key => Hash(view.Key, key)).Distinct().Order().Select(key => (key, false)).Prepend((Hash(view.Key, ""), true))).ToList();
        return ([.. locks.Select(x => x.Item1)], [.. locks.Select(x => x.Item2)]);
    }

    private static long Hash(string view, string key) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"cmdr_projections/{view}/{key}")));
}
