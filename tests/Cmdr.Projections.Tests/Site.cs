using Marten;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cmdr.Projections.Tests;

/// <summary>One host of the projections over a given log and database; with the role it feeds itself, without it the test feeds by hand.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly IHost host;

    private Site(IHost host, ILog log)
    {
        (this.host, Log) = (host, log);
        Feed = host.Services.GetService<Feed>() ?? NewFeed();
    }

    public ILog Log { get; }

    public Feed Feed { get; }

    public IServiceProvider Services => host.Services;

    public Catalog Catalog => Services.GetRequiredService<Catalog>();

    public NpgsqlDataSource Source => Services.GetRequiredService<NpgsqlDataSource>();

    public IViews Views => Services.GetRequiredService<IViews>();

    public IHistory History => Services.GetRequiredService<IHistory>();

    public IDocumentStore Store => Services.GetRequiredService<IDocumentStore>();

    public Progress Progress => Services.GetRequiredService<Progress>();

    public static async Task<Site> Start<TModule>(string database, ILog log, bool feeds = false)
        where TModule : IModule
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection([new("Cmdr:Roles", feeds ? "projections" : "none")]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 2, MaxPoolSize = 20 }));
        builder.AddCmdr(cmdr => cmdr.AddLog("given", services => services.AddSingleton(log)).AddProjections().Module<TModule>());
        var host = builder.Build();
        await host.StartAsync();
        return new(host, log);
    }

    /// <summary>A feed of its own, as another host would have it.</summary>
    public Feed NewFeed()
    {
        var views = ActivatorUtilities.CreateInstance<ViewFeeds>(Services);
        var streams = ActivatorUtilities.CreateInstance<SubjectStreams>(Services);
        return ActivatorUtilities.CreateInstance<Feed>(Services, ActivatorUtilities.CreateInstance<SliceTransaction>(Services, views, streams));
    }

    /// <summary>Assigns every partition, and hands the feed all that is on the log as one slice.</summary>
    public async Task FeedAll() => await FeedAll(Feed);

    public async Task FeedAll(Feed feed)
    {
        var start = await Assign(feed);
        await feed.Consume(await Slices.Since(Log, start), CancellationToken.None);
    }

    public async Task<IReadOnlyDictionary<TopicPartition, long>> Assign(Feed feed)
    {
        var description = await Log.Describe(CancellationToken.None);
        return await feed.Assigned([.. Slices.All(description.Partitions).Select(partition => new Owned(partition))], CancellationToken.None);
    }

    public async Task<TView?> Find<TView>(string id)
        where TView : class => (TView?)await Views.Find(View<TView>(), id, CancellationToken.None);

    public ViewType View<TView>() => Catalog.Views.Single(view => view.ClrType == typeof(TView));

    public async Task Run(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<object?> Ask(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await Source.DisposeAsync();
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }

    internal sealed record Owned(TopicPartition Partition) : IOwnedPartition
    {
        public long? GroupPosition => null;

        public void RequestSlice(DateTimeOffset due) => throw new NotSupportedException();
    }
}
