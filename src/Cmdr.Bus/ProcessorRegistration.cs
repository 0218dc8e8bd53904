using Cmdr.Bus;
using MassTransit;

namespace Cmdr;

/// <summary>The verbs that add processors of events to a host.</summary>
public static class ProcessorRegistration
{
    /// <summary>
    /// Adds a processor: a consumer of events (<c>IConsumer&lt;Deposited&gt;</c>, of a family, of <see cref="Recorded{TEvent}"/>, or of
    /// <see cref="HistoryRecord"/> for any) with a group of its own. At least once, in order per subject, different subjects at the same time. It runs where
    /// <c>Cmdr:Roles</c> has <c>processors</c>.
    /// </summary>
    /// <param name="cmdr">The host's builder.</param>
    /// <param name="configure">Configures it: middleware such as <c>UseMessageRetry</c>, and how it is fed; null for the defaults.</param>
    /// <param name="group">The group whose position it keeps: a contract, for another name begins at the log's beginning; null: the consumer's name, kebab-case.</param>
    /// <param name="members">
    /// As how many members of the group this host takes part, 1 or more: they share its partitions, and one handles while another commits. All that
    /// <paramref name="configure"/> says is said of each.
    /// </param>
    public static CmdrBuilder Processor<TConsumer>(this CmdrBuilder cmdr, Action<IProcessorConfigurator>? configure = null, string? group = null, int members = 1)
        where TConsumer : class, IConsumer => cmdr.Processor<TConsumer>((_, processor) => configure?.Invoke(processor), group, members);

    /// <summary>Likewise, with what the container offers: <c>processor.UseConsumeFilter(typeof(MyFilter&lt;&gt;), context)</c>.</summary>
    /// <param name="cmdr">The host's builder.</param>
    /// <param name="configure">Configures it.</param>
    /// <param name="group">The group; null: the consumer's name, kebab-case.</param>
    /// <param name="members">As how many members of the group, 1 or more.</param>
    public static CmdrBuilder Processor<TConsumer>(this CmdrBuilder cmdr, Action<IRiderRegistrationContext, IProcessorConfigurator> configure, string? group = null, int members = 1)
        where TConsumer : class, IConsumer
    {
        ArgumentNullException.ThrowIfNull(cmdr);
        ArgumentNullException.ThrowIfNull(configure);
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        foreach (var family in EventFamily.Of(typeof(TConsumer))) cmdr.Reads(family);
        var endpoint = new HostLogEndpoint(
            rider => rider.AddConsumer<TConsumer>(),
            (context, log) => log.ProcessorEndpoint(
                group ?? GroupOf<TConsumer>(),
                processor =>
                {
                    configure(context, processor);
                    processor.ConfigureConsumer<TConsumer>(context);
                },
                members));
        var processors = cmdr.Part<HostProcessors>();
        if (processors.Endpoints.Count == 0) cmdr.AddRole("processors", () => processors.Endpoints.ForEach(cmdr.Joined().Endpoints.Add));
        processors.Endpoints.Add(endpoint);
        return cmdr;
    }

    /// <summary>The group of a processor that is given none: <c>LargeDepositStatement</c> has <c>large-deposit-statement</c>.</summary>
    public static string GroupOf<TConsumer>()
        where TConsumer : class, IConsumer => Naming.Kebab(typeof(TConsumer).Name);

    private sealed class HostProcessors
    {
        public List<HostLogEndpoint> Endpoints { get; } = [];
    }
}
