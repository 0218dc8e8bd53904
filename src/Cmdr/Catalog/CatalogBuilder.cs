using System.Reflection;

namespace Cmdr;

/// <summary>Gathers what modules declare; checks and freezes it.</summary>
internal sealed class CatalogBuilder
{
    private readonly List<DeciderType> deciders = [];
    private readonly List<(string Module, Type View, Type Feed, bool KeyedBySubject, Action<IViewVisitor> Accept)> views = [];
    private readonly List<(string Module, Type Family)> reads = [];
    private readonly List<Type> modules = [];

    /// <summary>The modules in the order in which they were added, without the suffix that every one of them has.</summary>
    internal IReadOnlyList<string> ModuleNames => [.. modules.Select(module => module.Name.EndsWith("Module", StringComparison.Ordinal) ? module.Name[..^6] : module.Name)];

    internal void Module(Type module)
    {
        if (modules.Contains(module)) throw new CatalogException($"{module.Name} is added twice; remove one .Module<{module.Name}>().");
        modules.Add(module);
    }

    internal IDeciderVisitor Deciders(string module) => new DeciderCollector(this, module);

    internal void Reads(string module, Type family) => reads.Add((module, family));

    internal IViewVisitor Views(string module) => new ViewCollector(this, module);

    internal Catalog Build()
    {
        var written = deciders.SelectMany(decider => decider.Events).Concat(BookkeepingTypes()).ToList();
        var events = written.Concat(ReadOnlyTypes(written)).ToList();
        var built = views.Select(view => new ViewType(
            view.View, view.Module, [.. events.Where(e => e.ClrType.IsAssignableTo(view.Feed))], view.KeyedBySubject, view.Accept)).ToList();
        CatalogRules.Check(deciders, built, events);
        return new(deciders, built, events);
    }

    private static IEnumerable<EventType> BookkeepingTypes() =>
        Family(typeof(Bookkeeping)).Select(type => new EventType(type, "Cmdr", isWriter: true));

    /// <summary>What views are fed by, or processors consume, and no decider of their module emits: records of the reader's own, for what other modules write.</summary>
    private IEnumerable<EventType> ReadOnlyTypes(List<EventType> written)
    {
        var known = written.Select(e => e.ClrType).ToHashSet();
        return from reader in views.Select(view => (view.Module, Family: view.Feed)).Concat(reads)
               from type in Family(reader.Family)
               where known.Add(type)
               select new EventType(type, reader.Module, isWriter: false);
    }

    /// <summary>The concrete members of a family in its assembly; the type itself when it is concrete.</summary>
    private static IEnumerable<Type> Family(Type family) => family is { IsAbstract: false }
        ? [family]
        : family.Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(family))
            .OrderBy(type => type.MetadataToken);

    private sealed class DeciderCollector(CatalogBuilder catalog, string module) : IDeciderVisitor
    {
        public void Visit<TState, TCommand, TEvent>()
            where TState : class, IDecider<TState, TCommand, TEvent>
            where TCommand : class
            where TEvent : class => catalog.deciders.Add(new(
                typeof(TState),
                module,
                [.. Family(typeof(TCommand)).Select(type => new CommandType(type, command => TState.Id((TCommand)command)))],
                [.. Family(typeof(TEvent)).Select(type => new EventType(type, module, isWriter: true))],
                visitor => visitor.Visit<TState, TCommand, TEvent>()));
    }

    private sealed class ViewCollector(CatalogBuilder catalog, string module) : IViewVisitor
    {
        public void Visit<TView, TEvent>()
            where TView : class, IView<TView, TEvent>
            where TEvent : class => catalog.views.Add((module, typeof(TView), typeof(TEvent), !OverridesKey<TView, TEvent>(), visitor => visitor.Visit<TView, TEvent>()));

        private static bool OverridesKey<TView, TEvent>()
            where TView : class, IView<TView, TEvent>
            where TEvent : class =>
            typeof(TView).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Any(method =>
                (method.Name == "Key" || method.Name.EndsWith(".Key", StringComparison.Ordinal))
                && method.GetParameters() is [var parameter] && parameter.ParameterType == typeof(Recorded<TEvent>));
    }
}
