namespace Cmdr.House.Tests;

public sealed class References
{
    public static TheoryData<string> Shipped => [.. House.Shipped.Select(project => project.Name)];

    [Theory, MemberData(nameof(Shipped))]
    public void A_project_file_references_only_what_its_place_in_the_house_allows(string name)
    {
        var project = House.Shipped.Single(project => project.Name == name);
        Assert.Empty(project.References.Except(ReferenceRules.AllowedFor(name, House.Projects.Select(p => p.Name))));
        Assert.DoesNotContain(project.Packages, package => !ReferenceRules.Allows(name, package));
    }

    [Theory, MemberData(nameof(Shipped))]
    public void An_assembly_references_only_what_its_place_in_the_house_allows(string name)
    {
        var ours = House.Projects.Select(project => project.Name).ToHashSet();
        var referenced = House.Assemblies.Single(assembly => assembly.GetName().Name == name).GetReferencedAssemblies()
            .Select(reference => reference.Name!).Where(ours.Contains); // a reference has a name
        Assert.Empty(referenced.Except(ReferenceRules.AllowedFor(name, ours)));
    }

    [Fact]
    public void Only_projections_know_Marten_even_through_others()
    {
        var knowing = House.Assemblies.Where(assembly => assembly.GetReferencedAssemblies().Any(reference => reference.Name == "Marten"));
        Assert.All(knowing, assembly => Assert.Equal("Cmdr.Projections", assembly.GetName().Name));
    }

    [Fact]
    public void The_vocabulary_references_nobody_but_abstractions() =>
        Assert.All(typeof(Envelope).Assembly.GetReferencedAssemblies(), reference => Assert.True(
            reference.Name!.StartsWith("System", StringComparison.Ordinal) // a reference has a name
            || (reference.Name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && reference.Name.EndsWith(".Abstractions", StringComparison.Ordinal)),
            reference.Name));
}
