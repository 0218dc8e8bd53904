using System.Security.Cryptography;
using System.Text;
using JasperFx;
using JasperFx.Events;
using Marten;
using Marten.Schema;
using Npgsql;

namespace Cmdr.Projections;

/// <summary>Declares to Marten what the catalog declares: one document for each view, one event type for each name on the log.</summary>
internal static class MartenStore
{
    internal const string Schema = "cmdr_projections";

    /// <summary>Changes with our own tables and with Marten, whose tables then are others too.</summary>
    internal static string Layout { get; } = Digest($"{typeof(DocumentStore).Assembly.GetName().Version} {Sql.Tables}");

    private const int DeepestShape = 4; // records may contain themselves
    private const int LongestAlias = 40; // Marten's names around it must fit PostgreSQL's 63 characters

    internal static DocumentStore Open(Catalog catalog, NpgsqlDataSource source) => DocumentStore.For(options =>
    {
        options.Connection(source);
        options.DatabaseSchemaName = Schema;
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.Serializer(new CodecSerializer());
        options.DisableNpgsqlLogging = true;
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps; // in spite of its name: with the timestamps that the events bring
        options.Events.EnableBigIntEvents = true;
        options.Events.MetadataConfig.CorrelationIdEnabled = true;
        options.Events.MetadataConfig.CausationIdEnabled = true;
        options.Events.MetadataConfig.HeadersEnabled = true;
        options.Events.MetadataConfig.UserNameEnabled = true;
        options.Events.MapEventType<UndeclaredEvent>("$undeclared");
        foreach (var e in catalog.Events) options.Events.MapEventType(e.ClrType, EventAlias(e));
        foreach (var view in catalog.Views) view.Accept(new Document(options, DocumentAlias(view)));
        options.Policies.DisableInformationalFields(); // they hold the database's clock, which is not the log's
        options.Policies.ForAllDocuments(mapping =>
        {
            if (mapping.IdType == typeof(string)) mapping.Indexes.Add(new DocumentIndex(mapping, "id") { Name = $"{mapping.Alias}_in_order", Collation = "C" });
        });
    });

    /// <summary>The table of a view's documents.</summary>
    internal static string TableOf(ViewType view) => $"{Schema}.mt_doc_{DocumentAlias(view)}";

    /// <summary>What the tables' contents depend on besides the log: when it changes they are built again.</summary>
    internal static string ShapeOf(Catalog catalog)
    {
        var declared = catalog.Events.Select(e => $"{EventAlias(e)}={e.ClrType.FullName}({Members(e.Shape)})")
            .Concat(catalog.Views.Select(view => $"{DocumentAlias(view)}={view.ClrType.FullName}({Members(view.Shape)})<{string.Join(',', view.Feeds.Select(EventAlias))}"))
            .Order(StringComparer.Ordinal);
        return Digest(string.Join('\n', declared));
    }

    /// <summary>Writers' names are unique among modules; a reader's record of the same event is told apart by its module.</summary>
    private static string EventAlias(EventType e) => e.IsWriter ? e.Name : $"{e.Module}.{e.ClrType.FullName}:{e.Name}";

    private static string DocumentAlias(ViewType view)
    {
        var module = view.Module.EndsWith("Module", StringComparison.Ordinal) ? view.Module[..^"Module".Length] : view.Module;
        var alias = $"{Naming.Kebab(module)}_{Naming.Kebab(view.ClrType.Name)}".Replace('-', '_');
        return alias.Length <= LongestAlias ? alias : $"{alias[..(LongestAlias - 9)]}_{Digest(view.ClrType.FullName!)[..8]}"; // a view is a named type
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Members(Shape shape, int depth = 0) => depth > DeepestShape ? "" : $"{shape.Kind}"
        + string.Concat(shape.Members.Select(member => $",{member.Name}:{Members(member.Element.Shape, depth + 1)}"))
        + (shape.Element is { } element ? $"<{Members(element.Shape, depth + 1)}>" : "");

    private sealed class Document(StoreOptions options, string alias) : IViewVisitor
    {
        public void Visit<TView, TEvent>()
            where TView : class, IView<TView, TEvent>
            where TEvent : class => options.Schema.For<TView>().DocumentAlias(alias);
    }
}
