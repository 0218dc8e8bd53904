using System.Globalization;
using System.Text.Json;
using GraphQL;
using GraphQL.Types;
using GraphQLParser.AST;

namespace Cmdr.Graph;

/// <summary>Values of arguments and variables by their types, with a fault for each place that is not of its type: GraphQL specification, section 3.</summary>
internal static class InputCoercion
{
    /// <summary>The value of a variable. Records stay JSON: Intake judges them.</summary>
    internal static object? FromJson(IGraphType type, JsonElement json, string path, List<ExecutionError> errors)
    {
        if (type is NonNullGraphType { ResolvedType: { } inner })
        {
            if (json.ValueKind == JsonValueKind.Null) errors.Add(new FaultError(FaultCode.Null, $"'{path}' must not be null: it is a {type}.", path));
            else return FromJson(inner, json, path, errors);
            return null;
        }

        if (json.ValueKind == JsonValueKind.Null) return null;
        return type switch
        {
            ShapeInput => json,
            ListGraphType { ResolvedType: { } item } when json.ValueKind == JsonValueKind.Array =>
                json.EnumerateArray().Select((element, i) => FromJson(item, element, Index(path, i), errors)).ToArray(),
            ListGraphType { ResolvedType: { } item } => new[] { FromJson(item, json, path, errors) },
            IInputObjectGraphType fields => Object(fields, json, path, errors),
            ScalarGraphType scalar => Scalar(scalar, json, path, errors),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "A variable of an output type passed validation."),
        };
    }

    /// <summary>The value of an argument that the document holds; its literals passed validation.</summary>
    internal static object? FromLiteral(IGraphType type, GraphQLValue literal, string path, RequestVariables variables, List<ExecutionError> errors)
    {
        var inner = type is NonNullGraphType nonNull ? nonNull.ResolvedType! : type; // an initialised schema has no open ends
        if (literal is GraphQLVariable name)
        {
            var variable = variables.Values.Find(name.Name.Value);
            if (type is NonNullGraphType && variable?.Value is null) errors.Add(new FaultError(FaultCode.Null, $"'{path}' must not be null: it is a {type}.", path));
            return inner is ListGraphType && variable?.Value is not (null or Array) ? new[] { variable!.Value } : variable?.Value; // not null: the pattern says so
        }

        return inner switch
        {
            JsonScalar => LiteralJson.Element(literal, variables),
            ShapeInput => LiteralJson.Element(literal, variables),
            StringGraphType or IdGraphType => Text(Convert.ToString(((ScalarGraphType)inner).ParseLiteral(literal), CultureInfo.InvariantCulture), path, errors),
            ScalarGraphType scalar => scalar.ParseLiteral(literal),
            _ when literal is GraphQLNullValue => null,
            ListGraphType { ResolvedType: { } item } => literal is GraphQLListValue list
                ? (list.Values ?? []).Select((value, i) => FromLiteral(item, value, Index(path, i), variables, errors)).ToArray()
                : [FromLiteral(item, literal, path, variables, errors)],
            IInputObjectGraphType fields when literal is GraphQLObjectValue given => Object(fields, given, path, variables, errors),
            _ => null, // the rule on literals refused all else
        };
    }

    private static Dictionary<string, object?> Object(IInputObjectGraphType type, JsonElement json, string path, List<ExecutionError> errors)
    {
        var values = new Dictionary<string, object?>();
        if (json.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FaultError(FaultCode.WrongType, $"'{path}' must be an object: it is a {type.Name}.", path));
            return values;
        }

        foreach (var property in json.EnumerateObject())
        {
            var at = $"{path}.{property.Name}";
            if (type.GetField(property.Name)?.ResolvedType is { } field) values[property.Name] = FromJson(field, property.Value, at, errors);
            else errors.Add(new FaultError(FaultCode.Unknown, $"'{at}' is not known; a {type.Name} has {string.Join(", ", type.Fields.Select(known => known.Name))}.", at));
        }

        foreach (var missing in type.Fields.Where(field => field.ResolvedType is NonNullGraphType && field.DefaultValue is null && !json.TryGetProperty(field.Name, out _)))
        {
            errors.Add(new FaultError(FaultCode.Missing, $"'{path}.{missing.Name}' must be given: it is a {missing.ResolvedType}.", $"{path}.{missing.Name}"));
        }

        return values;
    }

    private static Dictionary<string, object?> Object(IInputObjectGraphType type, GraphQLObjectValue given, string path, RequestVariables variables, List<ExecutionError> errors)
    {
        var values = new Dictionary<string, object?>();
        foreach (var field in given.Fields ?? [])
        {
            var name = field.Name.Value.ToString();
            if (field.Value is GraphQLVariable variable && variables.Find(variable.Name.Value.ToString()) is null) continue;
            values[name] = FromLiteral(type.GetField(name)!.ResolvedType!, field.Value, $"{path}.{name}", variables, errors); // the rule on literals refused unknown fields
        }

        return values;
    }

    private static object? Scalar(ScalarGraphType type, JsonElement json, string path, List<ExecutionError> errors)
    {
        if (type is JsonScalar) return json;
        var (value, fault) = (type, json.ValueKind) switch
        {
            (EnumerationGraphType names, JsonValueKind.String) => names.Values.FindByName(json.GetString()!) is { } found // a string is not null
                ? (found.Value, null)
                : ((object?)null, FaultCode.NotAllowed),
            (TextScalar text, JsonValueKind.String) => Parsed(text, json.GetString()!), // a string is not null
            (BooleanGraphType, JsonValueKind.True or JsonValueKind.False) => (json.GetBoolean(), null),
            (StringGraphType or IdGraphType, JsonValueKind.String) => (Text(json.GetString(), path, errors), null),
            (IdGraphType, JsonValueKind.Number) when json.TryGetInt64(out var number) => (number.ToString(CultureInfo.InvariantCulture), null),
            (IntGraphType, JsonValueKind.Number) => json.TryGetInt32(out var number) ? (number, null) : (null, FaultCode.OutOfRange),
            (LongGraphType, JsonValueKind.Number) => json.TryGetInt64(out var number) ? (number, null) : (null, FaultCode.OutOfRange),
            (DecimalGraphType, JsonValueKind.Number) => json.TryGetDecimal(out var number) ? (number, null) : (null, FaultCode.OutOfRange),
            (FloatGraphType, JsonValueKind.Number) => (json.GetDouble(), null),
            _ => (null, FaultCode.WrongType),
        };
        if (fault is not null) errors.Add(new FaultError(fault, $"'{path}' must be {FormOf(type)}.", path));
        return value;
    }

    /// <summary>Text that databases take: they know no NUL and no half of a pair of surrogates.</summary>
    private static string? Text(string? text, string path, List<ExecutionError> errors)
    {
        if (text is not null && (text.Contains('\0', StringComparison.Ordinal) || !UnicodeText.IsWellFormed(text)))
        {
            errors.Add(new FaultError(FaultCode.Format, $"'{path}' must be well-formed Unicode without NUL.", path));
        }

        return text;
    }

    private static (object? Value, string? Fault) Parsed(TextScalar type, string text)
    {
        try
        {
            return (type.ParseValue(text), null);
        }
        catch (FormatException)
        {
            return (null, FaultCode.Format);
        }
    }

    private static string FormOf(ScalarGraphType type) => type switch
    {
        TextScalar text => text.Form,
        EnumerationGraphType names => "one of " + string.Join(", ", names.Values.Select(value => value.Name)),
        IntGraphType => "a whole number of 32 bits",
        LongGraphType => "a whole number of 64 bits",
        BooleanGraphType => "true or false",
        DecimalGraphType or FloatGraphType => "a number",
        _ => "text",
    };

    private static string Index(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");
}
