using System.Diagnostics;
using Cmdr.Testing;

namespace Cmdr.Host.Tests;

/// <summary>A domain in a project outside the repository that references only Cmdr, and one line in Program.cs: that is all a user writes.</summary>
public sealed class OutsideDomain(PostgresServer server) : IDisposable
{
    private const string Domain = """
        using Cmdr;
        namespace Lending;

        public abstract record BookCommand(string Book);
        public sealed record AcquireBook(string Book, string Title) : BookCommand(Book);
        public sealed record LendBook(string Book, string Reader) : BookCommand(Book);
        public sealed record ReturnBook(string Book) : BookCommand(Book);

        public abstract record BookEvent;
        public sealed record BookAcquired(string Title) : BookEvent;
        public sealed record BookLent(string Reader) : BookEvent;
        public sealed record BookReturned : BookEvent;

        public sealed record Book(string? Title, string? Reader) : IDecider<Book, BookCommand, BookEvent>
        {
            public static Book Initial => new(null, null);
            public static string Id(BookCommand command) => command.Book;
            public static Decision<BookEvent> Decide(Book state, BookCommand command, Stamp stamp) => (command, state) switch
            {
                (AcquireBook c, { Title: null }) => new BookAcquired(c.Title),
                (AcquireBook, _) => new Refusal("already-acquired"),
                (_, { Title: null }) => new Refusal("unknown-book"),
                (LendBook c, { Reader: null }) => new BookLent(c.Reader),
                (LendBook, _) => new Refusal("lent-already"),
                _ => state.Reader is null ? [] : new BookReturned(),
            };
            public static Book Evolve(Book state, BookEvent e) => e switch
            {
                BookAcquired x => state with { Title = x.Title },
                BookLent x => state with { Reader = x.Reader },
                _ => state with { Reader = null },
            };
        }

        [Name(Plural = "shelves")]
        public sealed record Shelf(string Id, string Title, int Lent) : IView<Shelf, BookEvent>
        {
            public static Shelf? Evolve(Shelf? view, Recorded<BookEvent> e) =>
                e.Event is BookAcquired x ? new(e.Subject.Id, x.Title, 0) : e.Event is BookLent && view is not null ? view with { Lent = view.Lent + 1 } : view;
        }

        public sealed class LendingModule : IModule { public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Book>().View<Shelf>(); }
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("cmdr-outside-");

    [Fact]
    public async Task A_domain_of_40_lines_and_one_line_in_Program_gives_mutations_queries_and_subscription_types()
    {
        var stop = TestContext.Current.CancellationToken;
        Assert.InRange(Domain.Split('\n').Length, 1, 45);
        var app = await Build(stop);
        await using var host = await HostProcess.StartOf(app, stop, ("ConnectionStrings:Postgres", await server.Database(stop)));

        var acquired = await host.Data("mutation { acquireBook(input: { book: \"b1\", title: \"Emma\" }) { status } }", null, stop);
        Assert.Equal("COMPLETED", acquired.GetProperty("acquireBook").GetProperty("status").GetString());
        var lent = await host.Data("mutation { lendBook(input: { book: \"b1\", reader: \"Ann\" }, wait: PROJECTED) { events { data { ... on BookLent { reader } } } } }", null, stop);
        Assert.Equal("Ann", lent.GetProperty("lendBook").GetProperty("events")[0].GetProperty("data").GetProperty("reader").GetString());
        var shelf = await host.Data("{ shelf(id: \"b1\") { title lent } shelves { nodes { id } } }", null, stop);
        Assert.Equal("""{"shelf":{"title":"Emma","lent":1},"shelves":{"nodes":[{"id":"b1"}]}}""", shelf.GetRawText());
        Assert.Contains("BookReturned", await host.Ask("{ __type(name: \"EventData\") { possibleTypes { name } } }", null, stop), StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Writes the domain, and a copy of the host with one line more; gives the built host.</summary>
    private async Task<string> Build(CancellationToken stop)
    {
        foreach (var shared in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json"]) File.Copy(Path.Combine(Repository.Root, shared), Path.Combine(folder.FullName, shared));
        Write("Lending/Lending.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><NoWarn>$(NoWarn);CS1591</NoWarn></PropertyGroup>
              <ItemGroup><ProjectReference Include="{Repository.Root}/src/Cmdr/Cmdr.csproj" /></ItemGroup>
            </Project>
            """);
        Write("Lending/Book.cs", Domain);

        var original = Path.Combine(Repository.Root, "src", "Cmdr.Host");
        var project = await File.ReadAllTextAsync(Path.Combine(original, "Cmdr.Host.csproj"), stop);
        Write("App/App.csproj", project
            .Replace("Include=\"../../", $"Include=\"{Repository.Root}/", StringComparison.Ordinal)
            .Replace("Include=\"../", $"Include=\"{Repository.Root}/src/", StringComparison.Ordinal)
            .Replace("</Project>", "  <ItemGroup><ProjectReference Include=\"../Lending/Lending.csproj\" /></ItemGroup>\n</Project>", StringComparison.Ordinal));
        var program = await File.ReadAllTextAsync(Path.Combine(original, "Program.cs"), stop);
        Write("App/Program.cs", program.Replace(".AddGraph()", ".AddGraph()\n    .Module<Lending.LendingModule>()", StringComparison.Ordinal));
        File.Copy(Path.Combine(original, "appsettings.json"), Path.Combine(folder.FullName, "App", "appsettings.json"));

        var start = new ProcessStartInfo("dotnet", ["build", "App", "-p:RestoreLockedMode=false", "-nologo", "-v:q"]) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true };
        using var build = Process.Start(start)!; // the file is named
        var said = await build.StandardOutput.ReadToEndAsync(stop);
        await build.WaitForExitAsync(stop);
        Assert.True(build.ExitCode == 0, said);
        return Path.Combine(folder.FullName, "App", "bin", "Debug", "net10.0", "App.dll");
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a path below the folder
        File.WriteAllText(path, text);
    }
}
