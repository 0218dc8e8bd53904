using System.Text.RegularExpressions;

namespace Cmdr.House.Tests;

/// <summary>Code that the README shows is code that compiles and runs: a region of a test, to the letter.</summary>
public sealed partial class ReadmeCode
{
    [Fact]
    public void Code_in_the_README_is_a_region_of_a_test()
    {
        var readme = File.ReadAllText(Path.Combine(House.Root, "README.md"));
        var shown = Shown().Matches(readme);
        Assert.NotEmpty(shown);
        Assert.Equal(shown.Count, Fences().Count(readme));
        Assert.All(shown, match => Assert.Equal(Region(match.Groups["file"].Value, match.Groups["name"].Value), match.Groups["code"].Value));
    }

    private static string Region(string file, string name)
    {
        var lines = File.ReadAllLines(Path.Combine(House.Root, file));
        var region = lines.SkipWhile(line => line.Trim() != $"#region {name}").Skip(1).TakeWhile(line => line.Trim() != "#endregion").ToList();
        Assert.NotEmpty(region);
        var indent = region.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Concat(region.Select(line => (line.Length > 0 ? line[indent..] : line) + "\n")).Trim('\n') + "\n";
    }

    [GeneratedRegex("<!-- region: (?<file>\\S+) (?<name>\\S+) -->\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shown();

    [GeneratedRegex("^```csharp$", RegexOptions.Multiline)]
    private static partial Regex Fences();
}
