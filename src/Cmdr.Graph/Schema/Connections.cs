using GraphQL;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>Lists as Relay's Cursor Connections Specification has them.</summary>
internal sealed class Connections
{
    private readonly ObjectGraphType pageInfo = new() { Name = "PageInfo", Description = "Where a page stands in its list." };

    internal Connections()
    {
        pageInfo.AddField(Field.Of<Connection>("hasNextPage", Field.Required(Scalars.Boolean), c => c.HasNext));
        pageInfo.AddField(Field.Of<Connection>("hasPreviousPage", Field.Required(Scalars.Boolean), c => c.HasPrevious));
        pageInfo.AddField(Field.Of<Connection>("startCursor", Scalars.String, c => c.Items is [var first, ..] ? first.Cursor : null));
        pageInfo.AddField(Field.Of<Connection>("endCursor", Scalars.String, c => c.Items is [.., var last] ? last.Cursor : null));
    }

    internal ObjectGraphType Of(ObjectGraphType node, TypeNames names, string owner)
    {
        const string Fix = "rename one";
        var edge = new ObjectGraphType { Name = names.Claim($"{node.Name}Edge", owner, Fix) };
        edge.AddField(Field.Of<PageItem<object>>("node", Field.Required(node), e => e.Value));
        edge.AddField(Field.Of<PageItem<object>>("cursor", Field.Required(Scalars.String), e => e.Cursor));
        var type = new ObjectGraphType { Name = names.Claim($"{node.Name}Connection", owner, Fix) };
        type.AddField(Field.Of<Connection>("edges", Field.ListOf(edge), c => c.Items));
        type.AddField(Field.Of<Connection>("nodes", Field.ListOf(node), c => c.Items.Select(item => item.Value)));
        type.AddField(Field.Of<Connection>("pageInfo", Field.Required(pageInfo), c => c));
        return type;
    }

    /// <summary>The page that <c>first</c>, <c>after</c>, <c>last</c> and <c>before</c> ask for.</summary>
    /// <exception cref="FaultError">A size out of bounds, or both sizes.</exception>
    internal static PageRequest Page(IResolveFieldContext context)
    {
        var (first, last) = (Size(context, "first"), Size(context, "last"));
        return first is not null && last is not null
            ? throw new FaultError(FaultCode.NotAllowed, "first and last must not be given together.", "last")
            : new(first, context.Value<string>("after"), last, context.Value<string>("before"));
    }

    private static int? Size(IResolveFieldContext context, string name) => context.Value<int?>(name) is { } size && size is < 0 or > PageRequest.MaxSize
        ? throw new FaultError(FaultCode.OutOfRange, $"{name} must be from 0 to {PageRequest.MaxSize}.", name)
        : context.Value<int?>(name);
}

/// <summary>A page of anything.</summary>
/// <param name="Items">Each with the cursor that names its place in the list.</param>
/// <param name="HasNext">True when there are items after the page.</param>
/// <param name="HasPrevious">True when there are items before the page.</param>
internal sealed record Connection(IReadOnlyList<PageItem<object>> Items, bool HasNext, bool HasPrevious);
