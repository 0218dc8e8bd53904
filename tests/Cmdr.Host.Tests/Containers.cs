using System.Text.Json;

namespace Cmdr.Host.Tests;

/// <summary>docker-compose.yml and the image, as far as a machine without an engine can tell.</summary>
public sealed class Containers(NodeScripts node)
{
    internal static readonly string Compose = Path.Combine(Repository.Root, "docker-compose.yml");

    [Fact]
    public async Task The_compose_file_is_valid_by_the_specifications_own_schema()
    {
        var stop = TestContext.Current.CancellationToken;
        var file = await ComposeFile.Read(node, Compose, stop);
        Assert.Empty(file.Errors);
        Assert.Equal(["edge", "owner-1", "owner-2"], file.Hosts);
        var broken = Path.GetTempFileName();
        await File.WriteAllTextAsync(broken, (await File.ReadAllTextAsync(Compose, stop)).Replace("interval: 2s", "interval: soon", StringComparison.Ordinal), stop);
        Assert.NotEmpty((await ComposeFile.Read(node, broken, stop)).Errors);
        File.Delete(broken);
    }

    [Fact]
    public async Task The_image_is_built_in_stages_runs_the_host_and_not_as_root()
    {
        var answer = await node.Run("dockerfile.mjs", TestContext.Current.CancellationToken, Path.Combine(Repository.Root, "build", "Dockerfile"));
        Assert.Empty(answer.GetProperty("errors").EnumerateArray());
        var instructions = answer.GetProperty("instructions").EnumerateArray().Select(one => (Keyword: one.GetProperty("keyword").ToString(), Words: one.GetProperty("rest").ToString())).ToList();
        Assert.Equal(2, instructions.Count(one => one.Keyword == "FROM"));
        var final = instructions[instructions.FindLastIndex(one => one.Keyword == "FROM")..];
        Assert.Contains("aspnet:10.0", final[0].Words, StringComparison.Ordinal);
        Assert.Contains(final, one => one is ("USER", "$APP_UID"));
        Assert.DoesNotContain(instructions, one => one.Keyword is "ARG" or "ENV"); // settings and secrets come from outside
        var start = JsonSerializer.Deserialize<string[]>(final.Single(one => one.Keyword == "ENTRYPOINT").Words)!; // a list, never null
        Assert.Equal(["dotnet", Path.GetFileName(HostProcess.Deployable)], start);
        var project = instructions.Single(one => one.Keyword == "RUN").Words.Split(' ').Single(word => word.EndsWith(".csproj", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(Repository.Root, project)));
    }
}
