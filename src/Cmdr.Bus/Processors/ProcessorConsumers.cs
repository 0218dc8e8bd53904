using MassTransit;

namespace Cmdr.Bus;

/// <summary>The consumer that a processor was given, and the messages that it consumes.</summary>
internal sealed class ProcessorConsumers : IConsumerConfigurationObserver, IHandlerConfigurationObserver, ISagaConfigurationObserver
{
    private readonly Dictionary<(Type Consumer, Type Message), Action> fresh = [];
    private readonly HashSet<string> consumers = [];
    private readonly List<string> faults = [];

    public IReadOnlyCollection<Type> Messages => [.. fresh.Keys.Select(key => key.Message).Distinct()];

    public IEnumerable<string> Faults() => consumers.Count switch
    {
        0 => [.. faults, "is missing: the processor needs one, by e.ConfigureConsumer<...>(context)"],
        1 => faults,
        // If one of two fails, the other handles the event again with it.
        _ => [.. faults, $"is one too many: {string.Join(" and ", consumers)} would be retried and parked together; give each a group of its own"],
    };

    /// <summary>Called when everything else is configured, so that this is innermost: whatever retries is outside it.</summary>
    public void CountSubmissionsAfresh()
    {
        foreach (var filter in fresh.Values) filter();
    }

    public void ConsumerConfigured<TConsumer>(IConsumerConfigurator<TConsumer> configurator)
        where TConsumer : class
    {
    }

    public void ConsumerMessageConfigured<TConsumer, TMessage>(IConsumerMessageConfigurator<TConsumer, TMessage> configurator)
        where TConsumer : class
        where TMessage : class
    {
        consumers.Add(typeof(TConsumer).Name);
        if (typeof(TMessage) == typeof(Slice)) faults.Add($"{typeof(TConsumer).Name} consumes Slice, of which a processor gets none; register it with LogEndpoint");
        else fresh[(typeof(TConsumer), typeof(TMessage))] = () => configurator.Message(message => message.UseFilter(new FreshSubmissions<TMessage>()));
    }

    public void HandlerConfigured<TMessage>(IHandlerConfigurator<TMessage> configurator)
        where TMessage : class
    {
        consumers.Add($"a handler of {typeof(TMessage).Name}");
        fresh[(typeof(IHandlerConfigurator<TMessage>), typeof(TMessage))] = () => configurator.UseFilter(new FreshSubmissions<TMessage>());
    }

    public void SagaConfigured<TSaga>(ISagaConfigurator<TSaga> configurator)
        where TSaga : class, ISaga => faults.Add($"{typeof(TSaga).Name} is a saga, and a processor has a consumer");

    public void StateMachineSagaConfigured<TInstance>(ISagaConfigurator<TInstance> configurator, SagaStateMachine<TInstance> stateMachine)
        where TInstance : class, ISaga, SagaStateMachineInstance
    {
    }

    public void SagaMessageConfigured<TSaga, TMessage>(ISagaMessageConfigurator<TSaga, TMessage> configurator)
        where TSaga : class, ISaga
        where TMessage : class
    {
    }
}
