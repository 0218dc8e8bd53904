using System.Text.RegularExpressions;

namespace Cmdr.House.Tests;

/// <summary>What every room of the house has: a sign at the door, tests, and a size that a reader can hold.</summary>
public sealed partial class Rooms(ITestOutputHelper output)
{
    private const int ReadmeLines = 40;
    private const int FileLines = 150;

    private static readonly string[] Buckets = ["Common", "Shared", "Helpers", "Utils", "Manager", "Base", "Impl"];

    public static TheoryData<string> All => [.. House.Projects.Where(project => project.Folder != "build").Select(project => project.Name)];

    public static TheoryData<string> Shipped => [.. House.Shipped.Select(project => project.Name)];

    [Theory, MemberData(nameof(All))]
    public void A_project_has_a_README_of_at_most_40_lines(string name)
    {
        var readme = Path.Combine(House.Projects.Single(project => project.Name == name).Directory, "README.md");
        Assert.True(File.Exists(readme), $"{name} has no README.md.");
        Assert.InRange(File.ReadLines(readme).Count(), 3, ReadmeLines);
    }

    [Theory, MemberData(nameof(Shipped))]
    public void A_project_that_ships_has_a_tests_project(string name) =>
        Assert.Contains(House.Projects, project => project.Folder == "tests" && project.Name == $"{name}.Tests" && House.SourceFiles(project).Any());

    [Fact]
    public void No_folder_or_type_is_named_for_a_bucket()
    {
        var folders = House.Projects.SelectMany(project => Directory.EnumerateDirectories(project.Directory, "*", SearchOption.AllDirectories)).Select(Path.GetFileName);
        var types = House.Assemblies.SelectMany(assembly => assembly.GetTypes()).Select(type => type.Name);
        var named = folders.Concat(types).OfType<string>();
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, name => Buckets.Any(bucket => name == bucket || name.EndsWith(bucket, StringComparison.Ordinal)));
    }

    [Fact]
    public void No_file_is_longer_than_a_reader_holds_told_as_a_warning()
    {
        var files = House.Shipped.SelectMany(House.SourceFiles).Select(path => (Path: path, Lines: File.ReadLines(path).Count())).ToList();
        Assert.NotEmpty(files);
        foreach (var (path, lines) in files.Where(file => file.Lines > FileLines).OrderByDescending(file => file.Lines))
        {
            output.WriteLine($"warning: {Path.GetRelativePath(House.Root, path)} has {lines} lines; a concept in it may want a name.");
        }
    }

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = File.ReadAllText(Path.Combine(House.Root, "Cmdr.Modular.sln"));
        Assert.All(House.Projects, project => Assert.Contains($"{project.Name}.csproj", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void SQL_is_in_sql_files()
    {
        var sql = House.Shipped.SelectMany(House.SourceFiles).Where(path => Sql().IsMatch(File.ReadAllText(path))).Select(path => Path.GetRelativePath(House.Root, path));
        Assert.Empty(sql);
    }

    [GeneratedRegex("\"+\\s*(select .+ from|insert into|update .+ set|delete from|create (table|schema|index)) ", RegexOptions.IgnoreCase)]
    private static partial Regex Sql();
}
