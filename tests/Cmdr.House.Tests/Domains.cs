using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cmdr.House.Tests;

/// <summary>The domains under modules/, found by their <see cref="IModule"/>.</summary>
internal static class Domains
{
    internal static IReadOnlyList<Type> Modules { get; } =
        [.. House.Assemblies.SelectMany(assembly => assembly.GetExportedTypes()).Where(type => type is { IsInterface: false } && type.IsAssignableTo(typeof(IModule)))];

    /// <summary>What the catalog of each domain declares: the types that must be pure, and the bookkeeping records.</summary>
    internal static IReadOnlyList<Type> PureTypes { get; } = [.. Modules.Select(CatalogOf).Append(Empty()).SelectMany(catalog =>
        catalog.Deciders.Select(decider => decider.State)
            .Concat(catalog.Commands.Select(command => command.ClrType))
            .Concat(catalog.Events.Select(e => e.ClrType))
            .Concat(catalog.Views.Select(view => view.ClrType))).Distinct()];

    internal static Catalog CatalogOf(Type module) => (Catalog)typeof(Domains).GetMethod(nameof(Of), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(module).Invoke(null, null)!; // both are there

    internal static Catalog Empty() => Build(_ => { });

    private static Catalog Of<TModule>()
        where TModule : IModule => Build(cmdr => cmdr.Module<TModule>());

    private static Catalog Build(Action<CmdrBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.AddCmdr(configure);
        using var host = builder.Build();
        return host.Services.GetRequiredService<Catalog>();
    }
}
