using System.Collections;
using System.Reflection;

namespace Cmdr.Testing;

/// <summary>Compares values by what they hold, also where a record holds a collection, which records compare by reference.</summary>
internal static class Structure
{
    /// <summary>The path of the first member that differs; null when nothing does.</summary>
    public static string? Difference(object? left, object? right, string path = "its value")
    {
        if (ReferenceEquals(left, right)) return null;
        if (left is null || right is null) return path;
        if (left is string || left.GetType() is { IsPrimitive: true } or { IsEnum: true }) return Equals(left, right) ? null : path;
        // A list may come back as another kind of list.
        if (left is IEnumerable one && right is IEnumerable other) return DifferenceOfItems(one, other, path);
        if (left.GetType() != right.GetType()) return path;
        if (left.GetType().Namespace?.StartsWith("System", StringComparison.Ordinal) == true) return Equals(left, right) ? null : path;
        return Fields(left.GetType()).Select(field => Difference(field.GetValue(left), field.GetValue(right), Name(field))).FirstOrDefault(member => member is not null);
    }

    private static string? DifferenceOfItems(IEnumerable left, IEnumerable right, string path)
    {
        var (one, other) = (left.Cast<object?>().ToList(), right.Cast<object?>().ToList());
        if (one.Count != other.Count) return path;
        return one.Select((item, n) => Difference(item, other[n], $"{path}[{n}]")).FirstOrDefault(member => member is not null);
    }

    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            foreach (var field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)) yield return field;
        }
    }

    /// <summary>The property's name, where the compiler made the field for one.</summary>
    private static string Name(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
}
