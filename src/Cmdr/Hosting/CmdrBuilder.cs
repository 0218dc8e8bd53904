using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cmdr;

/// <summary>Assembles a host: domains, logs, roles and edges join it by their verbs. What they declare is checked and frozen when the host is built.</summary>
public sealed class CmdrBuilder
{
    private readonly CatalogBuilder catalog = new();
    private readonly Dictionary<string, Action> logs = [];
    private readonly Dictionary<string, Action> roles = [];
    private readonly Dictionary<Type, object> parts = [];
    private readonly List<Action> finals = [];
    private string module = "host";

    internal CmdrBuilder(IServiceCollection services, IConfiguration configuration)
    {
        Services = services;
        Configuration = configuration;
        Settings = new(configuration);
    }

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The host's configuration.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>The settings under <c>Cmdr</c>.</summary>
    public CmdrSettings Settings { get; }

    /// <summary>Adds a domain.</summary>
    public CmdrBuilder Module<TModule>()
        where TModule : IModule
    {
        var outer = module;
        module = typeof(TModule).Name;
        catalog.Module(typeof(TModule));
        TModule.Configure(this);
        module = outer;
        return this;
    }

    /// <summary>Declares an aggregate; its commands and events are found in their assembly.</summary>
    public CmdrBuilder Decider<TDecider>()
        where TDecider : IDecider
    {
        TDecider.Accept(catalog.Deciders(module));
        return this;
    }

    /// <summary>Declares a view.</summary>
    public CmdrBuilder View<TView>()
        where TView : IView
    {
        TView.Accept(catalog.Views(module));
        return this;
    }

    /// <summary>Declares an event type, or a family of them, that the module reads though it decides none of them: what a processor consumes.</summary>
    /// <param name="family">A record of the module's own with the event's name (<see cref="NameAttribute"/>), or what several of them have in common.</param>
    public CmdrBuilder Reads(Type family)
    {
        ArgumentNullException.ThrowIfNull(family);
        catalog.Reads(module, family);
        return this;
    }

    /// <summary>Offers a log under a name that <c>Cmdr:Log</c> may pick; the first offered is the default.</summary>
    public CmdrBuilder AddLog(string name, Action<IServiceCollection> register)
    {
        logs.Add(name, () => register(Services));
        return this;
    }

    /// <summary>Offers a role: what it registers joins where <c>Cmdr:Roles</c> names it.</summary>
    public CmdrBuilder AddRole(string name, Action register)
    {
        roles.Add(name, register);
        return this;
    }

    /// <summary>Something that several verbs build together; made on first use.</summary>
    public TPart Part<TPart>()
        where TPart : class, new()
    {
        if (!parts.TryGetValue(typeof(TPart), out var part)) parts.Add(typeof(TPart), part = new TPart());
        return (TPart)part;
    }

    /// <summary>Runs <paramref name="register"/> when all verbs have been called, in the order of these calls.</summary>
    public CmdrBuilder Finally(Action register)
    {
        finals.Add(register);
        return this;
    }

    internal void Build()
    {
        Services.AddSingleton(catalog.Build());
        Services.AddSingleton(Settings);
        Services.AddSingleton<LastCall>();
        Services.TryAddSingleton<IParked, ParkedDoor>();
        var log = Settings.Log ?? logs.Keys.FirstOrDefault("none");
        if (logs.Count > 0) Open(log);
        foreach (var role in Settings.RolesAmong(roles.Keys)) roles[role]();
        foreach (var final in finals) final();
        Settings.RefuseUnknownKeys();
        Report(log);
    }

    private void Open(string log)
    {
        CmdrSettings.Pick("Log", log, logs)();
        Services.AddSingleton<LogOpening>();
        Services.AddHostedService(provider => provider.GetRequiredService<LogOpening>());
    }

    private void Report(string log)
    {
        var domains = catalog.ModuleNames is { Count: > 0 } names ? string.Join(", ", names) : "none";
        var running = Settings.Roles is { Count: > 0 } some ? string.Join(", ", some) : "none";
        Services.AddSingleton(new StartupLine(StartupTopic.Storage, _ => $"log {log}"));
        Services.AddSingleton(new StartupLine(StartupTopic.Domains, _ => $"{domains}; roles {running}"));
        Services.AddSingleton(new StartupLine(StartupTopic.Stop, _ => "Ctrl-C"));
        Services.AddHostedService<StartupReport>();
    }
}
