using System.Text;
using System.Text.Json;

namespace Cmdr.Graph;

/// <summary>Finds text that is no Unicode: JSON and GraphQL can write half of a pair of surrogates.</summary>
internal static class UnicodeText
{
    internal static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var surrogate = text.IndexOfAnyInRange('\ud800', '\udfff');
            if (surrogate < 0) return true;
            if (Rune.DecodeFromUtf16(text[surrogate..], out _, out var length) != System.Buffers.OperationStatus.Done) return false;
            text = text[(surrogate + length)..];
        }

        return true;
    }

    /// <summary>Where a value or a name within <paramref name="json"/> is no Unicode; null where all is.</summary>
    /// <param name="json">Any JSON.</param>
    /// <param name="path">What the answer begins with.</param>
    internal static string? FaultIn(JsonElement json, string path)
    {
        try
        {
            switch (json.ValueKind)
            {
                case JsonValueKind.String:
                    _ = json.GetString();
                    return null;
                case JsonValueKind.Array:
                    return json.EnumerateArray().Select((item, i) => FaultIn(item, $"{path}[{i}]")).FirstOrDefault(fault => fault is not null);
                case JsonValueKind.Object:
                    return json.EnumerateObject().Select(member => FaultIn(member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}")).FirstOrDefault(fault => fault is not null);
                default:
                    return null;
            }
        }
        catch (InvalidOperationException)
        {
            return path;
        }
    }
}
