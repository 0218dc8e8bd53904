using System.Collections;
using System.Text.Json;

namespace Cmdr;

/// <summary>Holds a JSON value against a shape: finds every fault, and is never more lenient than the codec.</summary>
internal sealed class ShapeValidator(FaultTrail trail)
{
    internal static IReadOnlyList<ShapeFault> Validate(Shape shape, JsonElement value, string path)
    {
        var trail = new FaultTrail(path);
        new ShapeValidator(trail).Check(new(shape, false, []), value);
        return trail.Faults;
    }

    private void Check(ShapeElement element, JsonElement value)
    {
        if (trail.IsFull) return;
        if (value.ValueKind is JsonValueKind.Null)
        {
            // A JsonElement is any JSON, null among it.
            if (!element.Nullable && element.Shape.ClrType != typeof(JsonElement)) trail.Add(FaultCode.Null, $"must not be null; it must be {ShapeText.Of(element.Shape)}");
            return;
        }

        var before = trail.Count;
        CheckShape(element.Shape, value);
        if (trail.Count > before) return;
        foreach (var constraint in element.Constraints) ShapeConstraints.Check(constraint, element.Shape, value, trail);
    }

    private void CheckShape(Shape shape, JsonElement value)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Wrapper: Check(shape.Element!, value); break; // a wrapper has an element
            case ShapeKind.Record when Is(JsonValueKind.Object, shape, value): Record(shape, value); break;
            case ShapeKind.Map when Is(JsonValueKind.Object, shape, value): Map(shape.Element!, value); break; // and so has a map
            case ShapeKind.List when Is(JsonValueKind.Array, shape, value): List(shape.Element!, value); break; // and a list
            case ShapeKind.Any: Any(value); break;
            case ShapeKind.Record or ShapeKind.Map or ShapeKind.List: break;
            default: ShapeScalars.Check(shape, value, trail); break;
        }
    }

    /// <summary>True when a container is what it must be and not nested too deep.</summary>
    private bool Is(JsonValueKind wanted, Shape shape, JsonElement value)
    {
        if (value.ValueKind != wanted)
        {
            trail.Add(FaultCode.WrongType, $"must be {ShapeText.Of(shape)}, not {ShapeText.Of(value.ValueKind)}");
            return false;
        }

        return IsShallow();
    }

    private bool IsShallow()
    {
        if (trail.Depth <= Shape.MaxDepth) return true;
        trail.Add(FaultCode.TooDeep, $"is nested too deep; lists and objects may be nested {Shape.MaxDepth} deep");
        return false;
    }

    private void Record(Shape shape, JsonElement value)
    {
        var members = shape.Members;
        var seen = new BitArray(members.Count);
        HashSet<string>? others = null;
        var expected = 0;
        foreach (var property in value.EnumerateObject())
        {
            if (trail.IsFull) return;
            if (!JsonText.TryName(property, out var name)) { IllFormedName(); continue; }
            var index = IndexOf(members, name, expected);
            if (index < 0)
            {
                Other(shape, name, others ??= []);
                continue;
            }

            expected = index + 1;
            if (seen[index]) trail.Add(FaultCode.Duplicate, name, "is there more than once; it must be there once");
            seen[index] = true;
            Inside(name, members[index].Element, property.Value);
        }

        for (var i = 0; i < members.Count; i++)
        {
            if (!seen[i] && members[i].Required) trail.Add(FaultCode.Missing, members[i].Name, $"is missing; it must be {ShapeText.Of(members[i].Element.Shape)}");
        }
    }

    /// <summary>Members mostly come in the order of the shape, so the search begins where the last one ended.</summary>
    private static int IndexOf(IReadOnlyList<ShapeMember> members, string name, int expected)
    {
        for (var i = 0; i < members.Count; i++)
        {
            var index = (expected + i) % members.Count;
            if (members[index].Name == name) return index;
        }

        return -1;
    }

    private void Other(Shape shape, string name, HashSet<string> others)
    {
        if (!others.Add(name)) trail.Add(FaultCode.Duplicate, name, "is there more than once");
        else if (!shape.Computed.Any(member => member.Name == name)) trail.Add(FaultCode.Unknown, name, $"is not known here; {ShapeText.Members(shape)}");
    }

    private void Map(ShapeElement element, JsonElement value)
    {
        var names = new HashSet<string>();
        foreach (var property in value.EnumerateObject())
        {
            if (trail.IsFull) return;
            if (!JsonText.TryName(property, out var name)) { IllFormedName(); continue; }
            if (!names.Add(name)) trail.Add(FaultCode.Duplicate, name, "is there more than once; it must be there once");
            Inside(name, element, property.Value);
        }
    }

    private void List(ShapeElement element, JsonElement value)
    {
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (trail.IsFull) return;
            trail.Enter(index++);
            Check(element, item);
            trail.Leave();
        }
    }

    private void Any(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when IsShallow(): Map(Anything, value); break;
            case JsonValueKind.Array when IsShallow(): List(Anything, value); break;
            case JsonValueKind.String: JsonText.TryRead(value, trail, out _); break;
            case JsonValueKind.Number: ShapeScalars.AnyNumber(value, trail); break;
            case JsonValueKind.Undefined: trail.Add(FaultCode.Missing, "is missing; it must be JSON"); break;
        }
    }

    private void Inside(string name, ShapeElement element, JsonElement value)
    {
        trail.Enter(name);
        Check(element, value);
        trail.Leave();
    }

    private void IllFormedName() => trail.Add(FaultCode.Format, $"has a member whose name {JsonText.WellFormed}");

    private static ShapeElement Anything { get; } = new(Shape.Of(typeof(object)), Nullable: true, []);
}
