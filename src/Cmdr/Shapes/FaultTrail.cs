using System.Globalization;
using System.Text;

namespace Cmdr;

/// <summary>Where a validation is, and what it found so far. Paths are spelled out only where there is a fault.</summary>
/// <param name="prefix">What paths begin with; empty for none.</param>
internal sealed class FaultTrail(string prefix)
{
    private const int LongestName = 64;

    private readonly List<(string? Name, int Index)> places = [];
    private List<ShapeFault>? faults;

    internal IReadOnlyList<ShapeFault> Faults => faults ?? [];

    internal int Count => faults?.Count ?? 0;

    internal bool IsFull => Count >= Shape.MaxFaults;

    /// <summary>How deep the value here is nested: 1 for the outermost.</summary>
    internal int Depth => places.Count + 1;

    internal void Enter(string name) => places.Add((name, 0));

    internal void Enter(int index) => places.Add((null, index));

    internal void Leave() => places.RemoveAt(places.Count - 1);

    /// <summary>A fault here.</summary>
    /// <param name="code">One of <see cref="FaultCode"/>.</param>
    /// <param name="rest">The sentence after the name of the place, without the full stop: <c>must not be null</c>.</param>
    internal void Add(string code, string rest)
    {
        if (IsFull) return;
        var path = Path();
        (faults ??= []).Add(new(code, path, path.Length == 0 ? $"The value {rest}." : $"'{path}' {rest}."));
    }

    /// <summary>A fault of the member <paramref name="name"/> here.</summary>
    internal void Add(string code, string name, string rest)
    {
        Enter(name);
        Add(code, rest);
        Leave();
    }

    private string Path()
    {
        var path = new StringBuilder(prefix);
        foreach (var (name, index) in places)
        {
            if (name is null) path.Append(CultureInfo.InvariantCulture, $"[{index}]");
            else if (IsPlain(name)) path.Append(path.Length > 0 ? "." : "").Append(name);
            else path.Append("[\"").Append(Shortened(name)).Append("\"]");
        }

        return path.ToString();
    }

    private static bool IsPlain(string name) => name.Length is > 0 and <= LongestName && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '$');

    private static string Shortened(string name)
    {
        var visible = new string([.. name.Take(LongestName).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return name.Length > LongestName ? visible + "..." : visible;
    }
}
