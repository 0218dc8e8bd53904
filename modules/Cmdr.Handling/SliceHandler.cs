using MassTransit;

namespace Cmdr.Handling;

/// <summary>Takes the slices of <c>commands</c> that the rider delivers.</summary>
internal sealed class SliceHandler(CommandOwner owner) : IConsumer<Slice>
{
    public Task Consume(ConsumeContext<Slice> context)
    {
        owner.Handle(context.Message);
        return Task.CompletedTask;
    }
}
