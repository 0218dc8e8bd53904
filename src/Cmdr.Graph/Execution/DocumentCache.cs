using System.Collections.Concurrent;

namespace Cmdr.Graph;

/// <summary>
/// Documents by their text, bounded: when the young half is full it becomes the old one, and what the old one held unused since is forgotten.
/// </summary>
internal sealed class DocumentCache
{
    private const int HalfSize = 500;
    private const int LongestText = 16 * 1024;

    private readonly Lock rotation = new();
    private volatile ConcurrentDictionary<string, ValidatedDocument> young = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, ValidatedDocument> old = new(StringComparer.Ordinal);

    internal ValidatedDocument? Find(string text)
    {
        if (young.TryGetValue(text, out var document)) return document;
        if (!old.TryGetValue(text, out document)) return null;
        Add(document);
        return document;
    }

    internal void Add(ValidatedDocument document)
    {
        if (document.Text.Length > LongestText) return;
        young[document.Text] = document;
        if (young.Count <= HalfSize) return;
        lock (rotation)
        {
            if (young.Count <= HalfSize) return;
            old = young;
            young = new(StringComparer.Ordinal);
        }
    }
}
