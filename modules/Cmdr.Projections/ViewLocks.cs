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

    private readonly SortedDictionary<string, (bool Shared, IEnumerable<string> Keys)> views = new(StringComparer.Ordinal);

    /// <summary>Documents that slices of other partitions may touch too.</summary>
    internal void Documents(string view, IReadOnlyCollection<string> keys) => views.Add(view, keys.Count > MostKeys ? (false, []) : (true, keys));

    /// <summary>Documents that only their own partition touches: in the way of nobody but who locks the whole view.</summary>
    internal void Own(string view) => views.Add(view, (true, []));

    /// <summary>All documents of the view.</summary>
    internal void All(string view) => views.Add(view, (false, []));

    internal (long[] Keys, bool[] Shared) InOrder()
    {
        var locks = views.SelectMany(view => view.Value.Keys.Select(key => Hash(view.Key, key)).Distinct().Order().Select(key => (Key: key, Shared: false))
            .Prepend((Key: Hash(view.Key, ""), view.Value.Shared))).ToList();
        return ([.. locks.Select(x => x.Key)], [.. locks.Select(x => x.Shared)]);
    }

    private static long Hash(string view, string key) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"cmdr_projections/{view}/{key}")));
}
