using MassTransit;

namespace Cmdr.Bus;

/// <summary>The consumers that an endpoint was given: exactly one, of slices.</summary>
internal sealed class SliceConsumers : IConsumerConfigurationObserver, IHandlerConfigurationObserver, ISagaConfigurationObserver
{
    private readonly HashSet<Action> resets = [];
    private readonly List<string> faults = [];

    public IEnumerable<string> Faults() => resets.Count switch
    {
        0 => [.. faults, "is missing: the endpoint needs one IConsumer<Slice>, by e.ConfigureConsumer<...>(context)"],
        1 => faults,
        // Each would start with no outputs, and so drop the other's.
        _ => [.. faults, "is one too many: of an endpoint's slices there is one IConsumer<Slice>; give the other a group of its own"],
    };

    /// <summary>
    /// Every attempt to handle a slice starts with no outputs. Called when everything else is configured, so that this is innermost: whatever retries, on the
    /// endpoint or on the consumer, is outside it.
    /// </summary>
    public void StartEachAttemptAfresh()
    {
        foreach (var reset in resets) reset();
    }

    public void ConsumerConfigured<TConsumer>(IConsumerConfigurator<TConsumer> configurator)
        where TConsumer : class
    {
    }

    public void ConsumerMessageConfigured<TConsumer, TMessage>(IConsumerMessageConfigurator<TConsumer, TMessage> configurator)
        where TConsumer : class
        where TMessage : class
    {
        if (configurator is IConsumerMessageConfigurator<TConsumer, Slice> slices) resets.Add(() => slices.Message(message => message.UseFilter(new FreshSlice())));
        else faults.Add($"{typeof(TConsumer).Name} consumes {typeof(TMessage).Name}, but a log endpoint delivers Slice only");
    }

    public void HandlerConfigured<TMessage>(IHandlerConfigurator<TMessage> configurator)
        where TMessage : class => throw new ConfigurationException($"A handler of {typeof(TMessage).Name} cannot be on a log endpoint; write an IConsumer<Slice>.");

    public void SagaConfigured<TSaga>(ISagaConfigurator<TSaga> configurator)
        where TSaga : class, ISaga => faults.Add($"{typeof(TSaga).Name} is a saga, but a log endpoint delivers Slice only");

    public void StateMachineSagaConfigured<TInstance>(ISagaConfigurator<TInstance> configurator, SagaStateMachine<TInstance> stateMachine)
        where TInstance : class, ISaga, SagaStateMachineInstance
    {
    }

    public void SagaMessageConfigured<TSaga, TMessage>(ISagaMessageConfigurator<TSaga, TMessage> configurator)
        where TSaga : class, ISaga
        where TMessage : class
    {
    }

    private sealed class FreshSlice : IFilter<ConsumeContext<Slice>>
    {
        public Task Send(ConsumeContext<Slice> context, IPipe<ConsumeContext<Slice>> next)
        {
            context.Message.Reset();
            return next.Send(context);
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope("freshSlice");
    }
}
