namespace Cmdr.Bus;

/// <summary>The event types that a consumed type means.</summary>
internal static class EventFamily
{
    /// <summary>The type itself where it is concrete; else the declared events that are one, or, without a catalog, those of its assembly.</summary>
    public static IReadOnlyList<Type> Members(Type type, Catalog? catalog)
    {
        if (type is { IsAbstract: false }) return [type];
        if (catalog is not null) return [.. catalog.Events.Select(e => e.ClrType).Where(e => e.IsAssignableTo(type)).Distinct()];
        return [.. type.Assembly.GetTypes().Where(member => member is { IsClass: true, IsAbstract: false } && member.IsAssignableTo(type))];
    }

    /// <summary>The events, or families of events, that a consumer consumes.</summary>
    public static IEnumerable<Type> Of(Type consumer) => from contract in consumer.GetInterfaces()
                                                        where contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(MassTransit.IConsumer<>)
                                                        let message = contract.GenericTypeArguments[0]
                                                        where !MessageForm.IsRaw(message)
                                                        select MessageForm.RecordedEvent(message) ?? message;
}
