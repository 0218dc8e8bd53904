using Cmdr.Intake;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cmdr;

/// <summary>The verb that adds Intake to a host.</summary>
public static class IntakeRegistration
{
    /// <summary>Opens the door for commands, <see cref="IIntake"/>, and offers the host's shared tails of <c>commands</c> and <c>events</c>.</summary>
    public static CmdrBuilder AddIntake(this CmdrBuilder cmdr)
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        var services = cmdr.Services;
        foreach (var topic in new[] { Topics.Commands, Topics.Events })
        {
            services.AddKeyedSingleton(topic, (provider, _) => new LogTail(
                provider.GetRequiredService<ILog>(), topic, provider.GetRequiredService<ILogger<LogTail>>()));
        }

        services.AddSingleton<CommandReader>();
        services.AddSingleton<Waiters>();
        services.AddSingleton<AnswerFollower>();
        services.AddSingleton<ILogService>(provider => provider.GetRequiredService<AnswerFollower>());
        services.AddSingleton<ProjectionReach>();
        services.AddSingleton<ReceiptCompletion>();
        services.AddSingleton<IIntake, IntakeDoor>();
        services.AddHealthChecks().AddCheck<IntakeCheck>("intake", tags: ["ready"]);
        return cmdr;
    }
}
