using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Cmdr;

/// <summary>The verb that adds Cmdr to a host.</summary>
public static class CmdrRegistration
{
    /// <summary>Adds Cmdr: <paramref name="configure"/> names its parts in sentences.</summary>
    /// <exception cref="CatalogException">Modules contradict each other; the message names both sides and the fix.</exception>
    /// <exception cref="SettingException">A setting under <c>Cmdr</c> is unknown or wrong.</exception>
    public static IHostApplicationBuilder AddCmdr(this IHostApplicationBuilder builder, Action<CmdrBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.TryAddSingleton(TimeProvider.System);
        var cmdr = new CmdrBuilder(builder.Services, builder.Configuration);
        configure(cmdr);
        cmdr.Build();
        return builder;
    }

    /// <summary>Offers the log in memory as <c>memory</c>: for tests and trials; nothing outlives the process.</summary>
    public static CmdrBuilder AddMemoryLog(this CmdrBuilder cmdr)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        return cmdr.AddLog("memory", services => services.AddSingleton<ILog>(provider =>
            new MemoryLog(provider.GetRequiredService<CmdrSettings>().Partitions, provider.GetRequiredService<TimeProvider>())));
    }
}
