using System.Text.Json;
using GraphQL.Resolvers;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>Renders shapes as GraphQL types: a record is an object and an input, made once each.</summary>
internal sealed class ShapeTypes(TypeNames names)
{
    private const string Rename = "rename one of the records, or one of their members";

    private readonly Dictionary<Type, ObjectGraphType> objects = [];
    private readonly Dictionary<Type, InputObjectGraphType> inputs = [];
    private readonly Dictionary<Type, EnumerationGraphType> enums = [];

    /// <summary>The object type of a record.</summary>
    /// <param name="shape">The record's.</param>
    /// <param name="name">Its GraphQL name; null for that of the CLR type.</param>
    internal ObjectGraphType Object(Shape shape, string? name = null)
    {
        if (objects.TryGetValue(shape.ClrType, out var known)) return known;
        var type = new ObjectGraphType { Name = names.Claim(name ?? shape.ClrType.Name, Owner(shape), Rename), Description = shape.Description };
        objects.Add(shape.ClrType, type); // before its members, which may be of its own type
        foreach (var member in shape.Members.Concat(shape.Computed)) type.AddField(OutputField(type.Name, member));
        if (type.Fields.Count == 0) type.AddField(new FieldType { Name = "_", ResolvedType = Scalars.Boolean, Description = "Always null: it has no members.", Resolver = new FuncFieldResolver<object?>(_ => null) });
        return type;
    }

    /// <summary>The input type of a record.</summary>
    internal InputObjectGraphType Input(Shape shape, string? name = null)
    {
        if (inputs.TryGetValue(shape.ClrType, out var known)) return known;
        var type = new ShapeInput(shape) { Name = names.Claim((name ?? shape.ClrType.Name) + "Input", Owner(shape), Rename), Description = shape.Description };
        inputs.Add(shape.ClrType, type);
        foreach (var member in shape.Members) type.AddField(InputField(type.Name, member));
        if (shape.Members.Count == 0) type.AddField(new FieldType { Name = "_", ResolvedType = Scalars.Boolean, Description = "Ignored: it has no members." });
        return type;
    }

    private FieldType OutputField(string owner, ShapeMember member)
    {
        var type = Nullability(member.Element, OutputOf(member.Element.Shape));
        var missing = member.Default is { } value ? JsonSerializer.SerializeToElement(value, value.GetType(), Codec.Options) : (JsonElement?)null;
        return new()
        {
            Name = names.Claim($"{owner}.{member.Name}", owner, Rename)[(owner.Length + 1)..],
            Description = member.Description,
            ResolvedType = type,
            Resolver = new FuncFieldResolver<object?>(context =>
            {
                var json = ((Datum)context.Source!).Json; // only data resolve to this type
                var found = json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member.Name, out var property) ? property : missing;
                return found is { } element ? Value(element, member.Element.Shape) : null;
            }),
        };
    }

    private FieldType InputField(string owner, ShapeMember member)
    {
        var shape = member.Element.Shape;
        var type = InputOf(shape);
        var otherwise = member.Default is { } value && type is ScalarGraphType
            ? Datum.Leaf(JsonSerializer.SerializeToElement(value, value.GetType(), Codec.Options), shape)
            : null;
        var mayBeAbsent = member.Element.Nullable || (!member.Required && otherwise is null);
        return new()
        {
            Name = names.Claim($"{owner}.{member.Name}", owner, Rename)[(owner.Length + 1)..],
            Description = member.Description,
            ResolvedType = mayBeAbsent ? type : new NonNullGraphType(type),
            DefaultValue = otherwise is JsonElement ? null : otherwise,
        };
    }

    private object? Value(JsonElement json, Shape shape) => shape.Kind switch
    {
        _ when json.ValueKind == JsonValueKind.Null => null,
        ShapeKind.Record => new Datum(json, objects[shape.ClrType]),
        ShapeKind.List when json.ValueKind == JsonValueKind.Array => json.EnumerateArray().Select(item => Value(item, shape.Element!.Shape)).ToList(), // a list says what it holds
        ShapeKind.List => throw new FaultError(ErrorCode.MalformedRecord, $"The record holds {json.ValueKind} where its declared type says List."),
        _ => Datum.Leaf(json, shape),
    };

    private IGraphType OutputOf(Shape shape) => shape.Kind switch
    {
        ShapeKind.Record => Object(shape),
        ShapeKind.List => new ListGraphType(Nullability(shape.Element!, OutputOf(shape.Element!.Shape))), // a list says what it holds
        _ => Leaf(shape),
    };

    private IGraphType InputOf(Shape shape) => shape.Kind switch
    {
        ShapeKind.Record => Input(shape),
        ShapeKind.List => new ListGraphType(Nullability(shape.Element!, InputOf(shape.Element!.Shape))), // a list says what it holds
        _ => Leaf(shape),
    };

    private ScalarGraphType Leaf(Shape shape) => shape.Kind switch
    {
        ShapeKind.Wrapper => shape.Element!.Shape.Kind is ShapeKind.Text or ShapeKind.Uuid ? Scalars.Id : Leaf(shape.Element.Shape), // a wrapper says what it wraps
        ShapeKind.Boolean => Scalars.Boolean,
        ShapeKind.WholeNumber => Datum.IsInt(shape.ClrType) ? Scalars.Int : Scalars.Long,
        ShapeKind.Number => shape.ClrType == typeof(decimal) ? Scalars.Decimal : Scalars.Float,
        ShapeKind.Uuid => Scalars.Uuid,
        ShapeKind.Time => Scalars.DateTime,
        ShapeKind.Date => Scalars.Date,
        ShapeKind.TimeOfDay => Scalars.Time,
        ShapeKind.Duration => Scalars.Duration,
        ShapeKind.Bytes => Scalars.Base64,
        ShapeKind.Uri => Scalars.Uri,
        ShapeKind.Enum => Enumeration(shape),
        ShapeKind.Map or ShapeKind.Any => Scalars.Json,
        _ => Scalars.String,
    };

    private EnumerationGraphType Enumeration(Shape shape)
    {
        if (enums.TryGetValue(shape.ClrType, out var known)) return known;
        var type = new EnumerationGraphType { Name = names.Claim(shape.ClrType.Name, Owner(shape), Rename), Description = shape.Description };
        foreach (var name in shape.EnumNames) type.Add(names.Claim($"{type.Name}.{TypeNames.Upper(name)}", $"{Owner(shape)}.{name}", Rename)[(type.Name.Length + 1)..], name);
        enums.Add(shape.ClrType, type);
        return type;
    }

    private static string Owner(Shape shape) => shape.ClrType.FullName ?? shape.ClrType.Name;

    private static IGraphType Nullability(ShapeElement element, IGraphType type) => element.Nullable ? type : new NonNullGraphType(type);
}

/// <summary>The input type of a record: its values go to Intake as JSON, which holds them against the shape.</summary>
internal sealed class ShapeInput(Shape shape) : InputObjectGraphType
{
    internal Shape Shape { get; } = shape;
}
