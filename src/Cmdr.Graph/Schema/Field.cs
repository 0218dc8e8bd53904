using GraphQL;
using GraphQL.Resolvers;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>Short ways to write fields and arguments.</summary>
internal static class Field
{
    internal static FieldType Of<TSource>(string name, IGraphType type, Func<TSource, object?> read, string? description = null) => new()
    {
        Name = name,
        Description = description,
        ResolvedType = type,
        Resolver = new FuncFieldResolver<object?>(context => read((TSource)context.Source!)), // a field of a type has a source
    };

    internal static FieldType Of(string name, IGraphType type, string? description, QueryArgument[] arguments, Func<IResolveFieldContext, ValueTask<object?>> resolve) => new()
    {
        Name = name,
        Description = description,
        ResolvedType = type,
        Arguments = [.. arguments],
        Resolver = new FuncFieldResolver<object?>(resolve),
    };

    internal static QueryArgument Argument(string name, IGraphType type, string? description = null, object? otherwise = null) =>
        new(type) { Name = name, Description = description, DefaultValue = otherwise };

    internal static FieldType Input(string name, IGraphType type, string? description = null) => new() { Name = name, ResolvedType = type, Description = description };

    internal static NonNullGraphType Required(IGraphType type) => new(type);

    internal static NonNullGraphType ListOf(IGraphType type) => new(new ListGraphType(new NonNullGraphType(type)));

    /// <summary>The value of an argument; null when it is null or was not given.</summary>
    internal static T? Value<T>(this IResolveFieldContext context, string name) =>
        context.Arguments is { } arguments && arguments.TryGetValue(name, out var argument) ? (T?)argument.Value : default;
}
