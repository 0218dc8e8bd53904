using System.Reflection;

namespace Cmdr.House.Tests;

/// <summary>Type names are contracts on the log: a name that changes here breaks every reader of every log.</summary>
public sealed class MessageNames
{
    private const string File = "message-names.txt";

    [Fact]
    public void Every_domain_pins_the_names_of_its_messages()
    {
        foreach (var domain in Domains.Modules.GroupBy(module => module.Assembly))
        {
            AssertPinned(domain.Key.GetName().Name!, domain.Select(Domains.CatalogOf).SelectMany(catalog => NamesOf(catalog, type => type.Assembly == domain.Key))); // an assembly has a name
        }
    }

    [Fact]
    public void The_vocabulary_pins_the_names_of_its_bookkeeping_and_of_what_is_parked() => AssertPinned("Cmdr", NamesOf(Domains.Empty(), _ => true).Concat(Parkings));

    [Fact]
    public void Messages_are_immutable()
    {
        var mutable = from type in Domains.PureTypes
                      from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                      where property.SetMethod is { IsPublic: true } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit))
                      select $"{type.FullName}.{property.Name}";
        Assert.NotEmpty(Domains.PureTypes);
        Assert.Empty(mutable);
    }

    private static IEnumerable<string> Parkings => typeof(Parking).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Parking)))
        .Select(type => $"parking {Naming.Of(type)} {string.Join(' ', Shape.Of(type).Members.Select(member => member.Name))}");

    private static IEnumerable<string> NamesOf(Catalog catalog, Func<Type, bool> among) =>
        catalog.Deciders.Where(decider => among(decider.State)).Select(decider => $"category {decider.Category}")
            .Concat(catalog.Commands.Where(command => among(command.ClrType)).Select(command => $"command {command.Name} {string.Join(' ', command.Shape.Members.Select(member => member.Name))}".TrimEnd()))
            .Concat(catalog.Events.Where(e => among(e.ClrType)).Select(e => $"event {e.Name} {string.Join(' ', e.Shape.Members.Select(member => member.Name))}".TrimEnd()));

    private static void AssertPinned(string assembly, IEnumerable<string> declared)
    {
        var path = Path.Combine(House.Projects.Single(project => project.Name == assembly).Directory, File);
        Assert.Equal(System.IO.File.ReadAllLines(path), declared.Order(StringComparer.Ordinal));
    }
}
