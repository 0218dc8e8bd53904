using Cmdr.Handling;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Cmdr;

/// <summary>The verb that adds the handling of commands to a host.</summary>
public static class HandlingRegistration
{
    /// <summary>Offers the role <c>handling</c>: owns partitions of <c>commands</c>, decides what is in them, and writes what follows to <c>events</c>.</summary>
    public static CmdrBuilder AddHandling(this CmdrBuilder cmdr)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        var members = cmdr.Settings.Number("HandlingMembers", 1, 1, 64);
        return cmdr.AddRole("handling", () =>
        {
            cmdr.Services.AddSingleton<HandlingStatus>().AddSingleton<Restoration>().AddTransient<CommandOwner>().AddSingleton<ILogService, LagMeter>();
            cmdr.Services.AddHealthChecks().AddCheck<HandlingHealth>("handling", tags: ["ready"]);
            cmdr.LogEndpoint(
                // A commit costs the same for many records: under load large slices carry it, and without load there is nothing to wait for.
                new("handling", [Topics.Commands], PositionKeeping.WithOutputs) { MaxSliceRecords = 4000 },
                _ => { },
                (context, endpoint) =>
                {
                    var owner = context.GetRequiredService<CommandOwner>();
                    endpoint.Owner = owner;
                    endpoint.Consumer(() => new SliceHandler(owner));
                },
                members);
        });
    }
}
