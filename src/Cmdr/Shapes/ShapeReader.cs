using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Cmdr;

/// <summary>Reads types into shapes, from the codec's own metadata, so that shape and codec cannot disagree.</summary>
/// <param name="known">Shapes that were read before; those read now are added by the caller once all are complete.</param>
internal sealed class ShapeReader(IReadOnlyDictionary<Type, Shape> known)
{
    private static readonly Dictionary<Type, ShapeKind> Scalars = new()
    {
        [typeof(string)] = ShapeKind.Text,
        [typeof(bool)] = ShapeKind.Boolean,
        [typeof(byte)] = ShapeKind.WholeNumber,
        [typeof(sbyte)] = ShapeKind.WholeNumber,
        [typeof(short)] = ShapeKind.WholeNumber,
        [typeof(ushort)] = ShapeKind.WholeNumber,
        [typeof(int)] = ShapeKind.WholeNumber,
        [typeof(uint)] = ShapeKind.WholeNumber,
        [typeof(long)] = ShapeKind.WholeNumber,
        [typeof(ulong)] = ShapeKind.WholeNumber,
        [typeof(decimal)] = ShapeKind.Number,
        [typeof(double)] = ShapeKind.Number,
        [typeof(float)] = ShapeKind.Number,
        [typeof(Guid)] = ShapeKind.Uuid,
        [typeof(DateTimeOffset)] = ShapeKind.Time,
        [typeof(DateTime)] = ShapeKind.Time,
        [typeof(DateOnly)] = ShapeKind.Date,
        [typeof(TimeOnly)] = ShapeKind.TimeOfDay,
        [typeof(TimeSpan)] = ShapeKind.Duration,
        [typeof(byte[])] = ShapeKind.Bytes,
        [typeof(Uri)] = ShapeKind.Uri,
        [typeof(object)] = ShapeKind.Any,
        [typeof(JsonElement)] = ShapeKind.Any,
        [typeof(JsonNode)] = ShapeKind.Any,
    };

    private readonly Dictionary<Type, Shape> read = [];
    private readonly NullabilityInfoContext nullability = new();

    /// <summary>What was read besides what was known.</summary>
    internal IReadOnlyDictionary<Type, Shape> Added => read;

    /// <summary>The shape of a type that no member declares.</summary>
    internal Shape Read(Type type)
    {
        var shape = Read(type, type.Name);
        if (shape is { Kind: ShapeKind.List or ShapeKind.Map, Element: null }) shape.Element = Undeclared(shape, type.Name);
        return shape;
    }

    /// <summary>The shape of a type; a type that contains itself meets its own shape.</summary>
    /// <param name="type">Not a <see cref="Nullable{T}"/>.</param>
    /// <param name="where">The type and member that ask, for messages.</param>
    private Shape Read(Type type, string where)
    {
        if (known.TryGetValue(type, out var shape) || read.TryGetValue(type, out shape)) return shape;
        if (Scalars.TryGetValue(type, out var scalar)) return Add(new(type, scalar));
        if (type.IsEnum) return Enum(type);
        if (WrapperConverterFactory.MemberOf(type) is { } wrapped) return Wrapper(type, wrapped, where);
        return Metadata(type, where) switch
        {
            { Kind: JsonTypeInfoKind.Object } info => Record(info, where),
            { Kind: JsonTypeInfoKind.Enumerable } info => List(info, where),
            { Kind: JsonTypeInfoKind.Dictionary } info => Map(info, where),
            _ when type.IsDefined(typeof(JsonConverterAttribute), inherit: false) => Add(new(type, ShapeKind.Any)),
            _ => throw Refused(where, type, "is of no kind that JSON carries; use text, numbers, times, records, lists or maps"),
        };
    }

    private static JsonTypeInfo Metadata(Type type, string where)
    {
        try
        {
            return Codec.Options.GetTypeInfo(type);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new NotSupportedException($"{where}: {type} cannot be read from JSON. {e.Message}", e);
        }
    }

    private static NotSupportedException Refused(string where, Type type, string why) => new($"{where}: {type} {why}.");

    private Shape Add(Shape shape)
    {
        shape.Description = shape.ClrType.GetCustomAttribute<DescriptionAttribute>()?.Description;
        read.Add(shape.ClrType, shape);
        return shape;
    }

    private Shape Enum(Type type)
    {
        var shape = Add(new(type, ShapeKind.Enum));
        shape.EnumNames = [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field =>
            field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? Naming.Camel(field.Name)).Distinct()];
        return shape;
    }

    private Shape Wrapper(Type type, PropertyInfo wrapped, string where)
    {
        var shape = Add(new(type, ShapeKind.Wrapper));
        var parameter = type.GetConstructors()[0].GetParameters()[0]; // MemberOf found exactly these
        shape.Element = Element(nullability.Create(parameter), [wrapped, parameter], $"{type.Name}.{wrapped.Name} in {where}");
        return shape;
    }

    private Shape List(JsonTypeInfo info, string where)
    {
        RequireReadable(info, "[]", where);
        return Add(new(info.Type, ShapeKind.List));
    }

    private Shape Map(JsonTypeInfo info, string where)
    {
        if (info.KeyType != typeof(string)) throw Refused(where, info.Type, "has keys that are not strings");
        RequireReadable(info, "{}", where);
        return Add(new(info.Type, ShapeKind.Map));
    }

    /// <summary>Some collections can be written but not read; better to say so now than at the first message.</summary>
    private static void RequireReadable(JsonTypeInfo info, string empty, string where)
    {
        try
        {
            JsonSerializer.Deserialize(empty, info);
        }
        catch (NotSupportedException e)
        {
            throw Refused(where, info.Type, "can be written but not read; use an array, IReadOnlyList<T> or IReadOnlyDictionary<string, T>" + $" ({e.Message})");
        }
    }

    private Shape Record(JsonTypeInfo info, string where)
    {
        var type = info.Type;
        if (type.IsAbstract) throw Refused(where, type, "is abstract, and JSON does not say which of its kinds a value is; use a sealed record");
        if (type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true) throw Refused(where, type, "is not a record of your own");
        var shape = Add(new(type, ShapeKind.Record));
        var members = info.Properties.Where(property => property is { IsExtensionData: false } and ({ Get: not null } or { Set: not null }))
            .OrderBy(property => property.AssociatedParameter?.Position ?? int.MaxValue)
            .Select(property => (Computed: property is { Set: null, AssociatedParameter: null }, Member: Member(type, property))).ToList();
        shape.Members = [.. members.Where(x => !x.Computed).Select(x => x.Member)];
        shape.Computed = [.. members.Where(x => x.Computed).Select(x => x.Member)];
        return shape;
    }

    private ShapeMember Member(Type type, JsonPropertyInfo property)
    {
        var where = $"{type.Name}.{property.Name}";
        var parameter = property.AssociatedParameter?.AttributeProvider as ParameterInfo ?? StructParameter(type, property);
        var declared = property.AttributeProvider;
        var attributes = new[] { declared, parameter }.OfType<ICustomAttributeProvider>().ToArray();
        if (parameter is not null && property is { Set: null, AssociatedParameter: null })
        {
            throw Refused(where, type, "is a struct whose member cannot be set, so that reading it would lose it; give the member an init accessor");
        }

        var nullable = (parameter, declared) switch
        {
            ({ } p, _) => nullability.Create(p),
            (_, PropertyInfo p) => nullability.Create(p),
            (_, FieldInfo f) => nullability.Create(f),
            _ => throw Refused(where, property.PropertyType, "is neither a property nor a field"),
        };
        var element = property.CustomConverter is null ? Element(nullable, attributes, where) : new(Read(typeof(object), where), IsNullable(nullable), []);
        var demanded = Attributes<System.ComponentModel.DataAnnotations.RequiredAttribute>(attributes).Any();
        var associated = property.AssociatedParameter;
        var required = demanded || property.IsRequired || (parameter is not null && associated is not { HasDefaultValue: true } && !element.Nullable);
        return new(property.Name, element, required, associated is { HasDefaultValue: true } ? associated.DefaultValue : null,
            Attributes<DescriptionAttribute>(attributes).FirstOrDefault()?.Description, property.Get ?? (_ => null));
    }

    /// <summary>The codec sets the members of a record struct without its constructor, and so without the constructor's defaults.</summary>
    private static ParameterInfo? StructParameter(Type type, JsonPropertyInfo property) =>
        type.IsValueType && type.GetConstructors() is [var constructor] && property.AttributeProvider is PropertyInfo declared
            ? constructor.GetParameters().FirstOrDefault(parameter => declared.Name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase) && parameter.ParameterType == declared.PropertyType)
            : null;

    private ShapeElement Element(NullabilityInfo info, IReadOnlyList<ICustomAttributeProvider> attributes, string where)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        var shape = Read(type, where);
        var constraints = ShapeAttributes.Constraints(shape, attributes, where);
        var demanded = Attributes<System.ComponentModel.DataAnnotations.RequiredAttribute>(attributes).Any();
        return new(WithElement(shape, info, where), IsNullable(info) && !demanded, constraints);
    }

    /// <summary>
    /// What a list or map holds. Whether null is allowed inside follows from the place that declares the collection, not from its type, so a place whose
    /// answer differs from the shared shape's gets a shape of its own.
    /// </summary>
    private Shape WithElement(Shape shape, NullabilityInfo info, string where)
    {
        if (shape.Kind is not (ShapeKind.List or ShapeKind.Map)) return shape;
        var held = info.ElementType ?? info.GenericTypeArguments.LastOrDefault();
        shape.Element ??= Undeclared(shape, where);
        var element = held?.Type == HeldBy(shape) ? Element(held, [], where) : shape.Element;
        return shape.Element.Nullable == element.Nullable && ReferenceEquals(shape.Element.Shape, element.Shape)
            ? shape
            : new(shape.ClrType, shape.Kind) { Element = element, Description = shape.Description };
    }

    private static Type HeldBy(Shape collection) => Codec.Options.GetTypeInfo(collection.ClrType).ElementType!; // lists and maps hold something

    private ShapeElement Undeclared(Shape collection, string where)
    {
        var type = HeldBy(collection);
        var underlying = Nullable.GetUnderlyingType(type);
        var shape = Read(underlying ?? type, where);
        if (shape is { Kind: ShapeKind.List or ShapeKind.Map, Element: null }) shape.Element = Undeclared(shape, where);
        return new(shape, underlying is not null || !type.IsValueType || WrapsNullable(type), []);
    }

    private static bool IsNullable(NullabilityInfo info) =>
        info.Type.IsValueType
            ? Nullable.GetUnderlyingType(info.Type) is not null || WrapsNullable(info.Type)
            : (info.WriteState is NullabilityState.Unknown ? info.ReadState : info.WriteState) is not NullabilityState.NotNull;

    private static bool WrapsNullable(Type type) =>
        WrapperConverterFactory.MemberOf(type) is { } member && IsNullable(new NullabilityInfoContext().Create(member));

    private static IEnumerable<T> Attributes<T>(IEnumerable<ICustomAttributeProvider> providers)
        where T : Attribute => providers.SelectMany(provider => provider.GetCustomAttributes(typeof(T), inherit: true)).Cast<T>();
}
